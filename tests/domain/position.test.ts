import { expect, test } from 'vitest';
import { nextAttempt, outerPath, stepOfPosition, turnOfPosition } from '../../src/domain/position.ts';

test.each([
  ['scan/m1', 'scan', 1],
  ['load[2]/m13!2', 'load[2]', 13],
  ['load[2]!3/t4.11', 'load[2]!3', 4],
  ['curate/check~2/call', 'curate/check~2', 0],
  ['m2/t1.1', 'm2', 1],
])('%s is in step %s, turn %i', (position, step, turn) => {
  expect(stepOfPosition(position)).toBe(step);
  expect(turnOfPosition(position)).toBe(turn);
});

test.each([
  ['load', 'load!2'],
  ['load[2]~3/m1', 'load[2]~3/m1!2'],
  ['load!2/m9!9', 'load!2/m9!10'],
  ['load/m1!19', 'load/m1!20'],
])('after the attempt %s comes %s', (place, next) => {
  expect(nextAttempt(place)).toBe(next);
});

test.each([
  ['load[2]~3!2', 'load[2]'],
  ['load[2]!2', 'load'],
  ['load!2', ''],
  ['curate~2/check!3', 'curate~2'],
])('around %s is "%s"', (path, around) => {
  expect(outerPath(path)).toBe(around);
});
