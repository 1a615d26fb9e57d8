import { expect, test } from 'vitest';
import { atClause } from '../../src/cli/lake/moment.ts';

test.each([
  ['42', ' AT (VERSION => 42)'],
  ['2028-02-29', " AT (TIMESTAMP => '2028-02-29T00:00:00.000Z')"],
  ['2026-02', " AT (TIMESTAMP => '2026-02-01T00:00:00.000Z')"],
  ['2026-02-28 12:30', " AT (TIMESTAMP => '2026-02-28T12:30:00.000Z')"],
  ['2026-02-28T23:30-01:00', " AT (TIMESTAMP => '2026-03-01T00:30:00.000Z')"],
])('a snapshot or a time of the calendar: %s', (at, clause) => {
  expect(atClause(at)).toBe(clause);
});

test.each([
  '2026-02-30',
  '2026-02-29T12:00',
  '2026-04-31 12:00Z',
  '2026-02-30T12:00+02:00',
  '2026-02-30T12:00+0200',
  '2026-00-10',
  'yesterday',
])('a day that is in no calendar is refused, not taken for another one: %s', (at) => {
  expect(() => atClause(at)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
