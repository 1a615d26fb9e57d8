import { expect, test } from 'vitest';
import { stepOfPosition, turnOfPosition } from '../../src/domain/position.ts';

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
