import { expect, test } from 'vitest';
import { isOfSystem } from '../../../src/servers/lake/storage/recover-loads.ts';

test.each([
  ['EIO', true],
  ['ENOSPC', true],
  ['E2BIG', true],
  ['SQLITE_IOERR_WRITE', true],
  ['SQLITE_FULL', true],
  ['ERR_INVALID_ARG_TYPE', false],
  ['ERR_OUT_OF_RANGE', false],
  ['USAGE', false],
  [undefined, false],
])('only a failure of the disk lets a load wait: %s', (code, isWaited) => {
  expect(isOfSystem(Object.assign(new Error('x'), { code }))).toBe(isWaited);
});

test('what is no error is no failure of the disk', () => {
  expect(isOfSystem({ code: 'EIO' })).toBe(false);
});
