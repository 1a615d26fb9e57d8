import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertySeed } from './support/property-seed.ts';

test.each([
  { env: {}, seed: undefined },
  { env: { CI: 'false' }, seed: undefined },
  { env: { CI: 'true' }, seed: 20261121 },
  { env: { CI: 'true', AIWORKFLOW_TEST_SEED: '' }, seed: 20261121 },
  { env: { CI: 'true', AIWORKFLOW_TEST_SEED: '7' }, seed: 7 },
  { env: { AIWORKFLOW_TEST_SEED: '-7' }, seed: -7 },
])('$env: $seed', ({ env, seed }) => {
  expect(propertySeed(env)).toBe(seed);
});

test.each(['x', '1.5', '99999999999', '1e3'])('%s is no seed', (given) => {
  expect(() => propertySeed({ AIWORKFLOW_TEST_SEED: given })).toThrow(/AIWORKFLOW_TEST_SEED/);
});

test('properties of this very run have it', () => {
  const seed = propertySeed(process.env);
  expect(fc.readConfigureGlobal()?.seed).toBe(seed);
  const once = () => fc.sample(fc.array(fc.integer(), { minLength: 20 }), 5);
  const [first, second] = [once(), once()];
  if (seed === undefined) expect(first).not.toEqual(second);
  else expect(first).toEqual(second);
});
