import type { ModelCallContext } from '../../../src/ports/model-client.ts';

export const callContext = (given: Partial<ModelCallContext> = {}): ModelCallContext => ({
  signal: new AbortController().signal,
  runId: 'run',
  position: 'step/m1',
  idleTimeoutMs: 20_000,
  fingerprint: 'f',
  ...given,
});
