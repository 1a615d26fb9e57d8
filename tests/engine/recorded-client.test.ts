import { expect, test } from 'vitest';
import { deferredClient } from '../../src/engine/journal/recorded-client.ts';
import type { ModelClient } from '../../src/ports/model-client.ts';
import { scriptedModel } from '../../src/testing/index.ts';

test('a model that is opened late is opened once, and then tells of itself what it is', async () => {
  const real: ModelClient = { ...scriptedModel([]), source: 'recorded', api: 'anthropic.messages' };
  let opened = 0;
  const client = deferredClient('m:x', { model: 'then' }, async () => {
    opened += 1;
    return real;
  });
  expect([opened, client.source, client.api]).toEqual([0, 'live', undefined]);
  await client.ready();
  await client.ready();
  expect([opened, client.source, client.api]).toEqual([1, 'recorded', 'anthropic.messages']);
});
