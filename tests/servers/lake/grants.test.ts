import { expect, test } from 'vitest';
import { grantsOf, patternProblem } from '../../../src/servers/lake/grants.ts';
import { parseLakeArgs } from '../../../src/servers/lake/parse-args.ts';

test.each([
  [{}, 'a.b', true, true],
  [{ read: ['a.*'] }, 'a.b', true, false],
  [{ read: ['a.*'] }, 'b.a', false, false],
  [{ write: ['a.*'] }, 'b.a', true, false],
  [{ write: ['a.*'] }, 'a.b', true, true],
  [{ read: ['a.*'], write: ['b.c'] }, 'b.c', true, true],
  [{ read: ['a.*'], write: ['b.c'] }, 'b.d', false, false],
  [{ read: ['*_raw.*'] }, 'product_raw.t', true, false],
  [{ read: ['a.b'] }, 'a.bc', false, false],
  [{ read: ['a.b'] }, 'xa.b', false, false],
  [{ read: ['a*.b'] }, 'a.x.b', false, false],
  [{ read: [] }, 'a.b', false, false],
])('%o and %s', (patterns, table, mayRead, mayWrite) => {
  const grants = grantsOf(patterns);
  expect({ mayRead: grants.mayRead(table), mayWrite: grants.mayWrite(table) }).toEqual({ mayRead, mayWrite });
});

test.each(['*', 'a', 'a.b.c', 'A.b', 'a.[bc]', 'a.b|c.d', '', 'a.b\n', '(.*).x'])(
  '%j is no pattern',
  (pattern) => {
    expect(patternProblem(pattern)).toContain('is no pattern');
    expect(() => parseLakeArgs(['--root', '.', '--grant-read', pattern])).toThrow('is no pattern');
  },
);

test('grants are arguments of the server, and do not go with --rest', () => {
  const args = ['--root', '.', '--grant-read', 'a.*', '--grant-read', 'b.c', '--grant-write', 'd.*'];
  expect(parseLakeArgs(args).grants).toEqual({ read: ['a.*', 'b.c'], write: ['d.*'] });
  expect(() => parseLakeArgs([...args, '--rest', '127.0.0.1:8181'])).toThrow('--rest serves every table');
});

test.each(['--hard-stop-ms', '--max-answer-bytes', '--max-files', '--max-spill'])(
  '%s must be a size',
  (flag) => {
    expect(() => parseLakeArgs(['--root', '.', flag, 'x'])).toThrow(flag);
  },
);
