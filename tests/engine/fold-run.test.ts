import { expect, test } from 'vitest';
import type { AuditEvent } from '../../src/domain/events.ts';
import { foldRun, openCalls } from '../../src/engine/runs/fold-run.ts';

const begun = (position: string): AuditEvent => ({
  type: 'call-begun',
  at: 3,
  position,
  call: 'model',
  name: 'm',
  fingerprint: 'f',
  request: 'r',
});
const ended = (position: string): AuditEvent => ({
  type: 'call-ended',
  at: 4,
  position,
  status: 'ok',
  durationMs: 1,
  source: 'live',
  costUsd: 0.5,
});
const startsStep = (at: number): AuditEvent => ({ type: 'step-started', at, step: 'a', kind: 'prompt' });
const error = { code: 'MODEL_REFUSED', message: 'No.' };

test('a run that goes on keeps what its step has used, and is no longer one that failed', () => {
  const failed: AuditEvent[] = [
    { type: 'run-started', at: 1, workflowId: 'w', params: {}, program: 'p' },
    startsStep(2),
    begun('a/m1'),
    ended('a/m1'),
    { type: 'step-ended', at: 5, step: 'a', status: 'failed', error },
    { type: 'run-ended', at: 6, status: 'failed', error },
  ];
  const resumed: AuditEvent[] = [
    { type: 'run-resumed', at: 7, program: 'p' },
    startsStep(8),
    begun('a/m2'),
    ended('a/m2'),
  ];
  expect(foldRun('run-1', failed)).toMatchObject({ status: 'failed', error, endedAt: 6, costUsd: 0.5 });
  const state = foldRun('run-1', [...failed, ...resumed]);
  expect(state).toMatchObject({ status: 'running', costUsd: 1 });
  expect(state).not.toHaveProperty('error');
  expect(state).not.toHaveProperty('endedAt');
  const step = state.steps.get('a');
  expect(step).toMatchObject({ status: 'running', startedAt: 2, turns: 2, costUsd: 1 });
  expect(step).not.toHaveProperty('error');
});

test('a call that was decided about is no longer open', () => {
  const decided = { type: 'call-resolved', at: 5, position: 'a/m1', decision: 'retry' } as const;
  const events = [startsStep(2), begun('a/m1'), begun('a/m2')];
  const open = (...more: AuditEvent[]) =>
    openCalls(foldRun('run-1', [...events, ...more])).map(({ begun: { position } }) => position);
  expect(open()).toEqual(['a/m1', 'a/m2']);
  expect(open({ ...decided, by: 'Ada', why: 'looked' })).toEqual(['a/m2']);
});
