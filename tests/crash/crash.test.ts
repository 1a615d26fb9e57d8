import { afterAll, expect, test } from 'vitest';
import { endLeftovers } from '../cli/support/run-cli.ts';
import type { CrashPlan } from './support/crash-and-resume.ts';
import { proveAll } from './support/prove-crash.ts';

// A few fixed seeds; `npm run crash` tries hundreds.
afterAll(endLeftovers);

const plans = (by: CrashPlan['by'], ...seeds: readonly number[]): CrashPlan[] =>
  seeds.map((seed) => ({ seed, by, withProbe: seed % 2 === 0 }));

test('a program that was killed at any moment, and resumed until it is done, comes to the same end', {
  timeout: 120_000,
}, async () => {
  const proven = await proveAll(plans('kill', 1, 2, 3, 4, 5, 6, 7, 8));
  expect(proven.flatMap(({ faults }) => faults)).toEqual([]);
  // Seeds whose moment came too late would prove nothing.
  const kills = proven.map(({ proof }) => proof?.moments.length ?? 0);
  expect(kills.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(6);
});

test('after a loss of power the log holds all that the world has seen of the run', {
  timeout: 120_000,
}, async () => {
  const proven = await proveAll(plans('power', 1, 2, 3, 4));
  expect(proven.flatMap(({ faults }) => faults)).toEqual([]);
});

test('after Ctrl-C at any moment, too', { timeout: 120_000 }, async () => {
  const proven = await proveAll(plans('interrupt', 1, 2, 3));
  expect(proven.flatMap(({ faults }) => faults)).toEqual([]);
});
