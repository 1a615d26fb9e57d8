import { expect, test } from 'vitest';
import { compilePattern, patternProblem } from '../../src/metadata/file-pattern.ts';

test.each([
  // Of file names, in any folder.
  ['*.csv', ['a.csv', 'x/y/b.csv'], ['a.csv.bak', 'csv']],
  ['acme_?.csv', ['in/acme_1.csv'], ['acme_12.csv', 'acme_.csv', 'notacme_1.csv']],
  ['**', ['a', 'x/y'], []],
  // Of whole paths.
  ['in/*.csv', ['in/a.csv'], ['a.csv', 'in/x/a.csv', 'out/in/a.csv']],
  ['vendors/**', ['vendors/a.csv', 'vendors/x/y/a'], ['vendors', 'a/vendors/b']],
  ['**/acme.csv', ['acme.csv', 'x/acme.csv', 'x/y/acme.csv'], ['notacme.csv', 'x/notacme.csv']],
  ['in/**/a*b', ['in/ab', 'in/x/a1b', 'in/x/y/ab'], ['inab', 'in/xab', 'in/a/b']],
  ['**/**/a', ['a', 'x/a', 'x/y/a'], ['xa']],
  ['a?b/c', ['aäb/c', 'a😀b/c'], ['a/b/c']],
  // Characters that stand for themselves.
  ['a+(1).csv', ['a+(1).csv'], ['aa1.csv', 'a.csv']],
  ['a.c^$|', ['a.c^$|'], ['abc^$|']],
])('%s', (pattern, fitting, others) => {
  const fits = compilePattern(pattern);
  expect(fitting.filter((path) => !fits(path))).toEqual([]);
  expect(others.filter(fits)).toEqual([]);
});

test.each(['*a'.repeat(150), '**/'.repeat(99), '*?'.repeat(150), `${'*'.repeat(299)}b`])(
  'a pattern that means harm ends at once: %s',
  (pattern) => {
    const path = `${'a'.repeat(4000)}c`;
    expect(compilePattern(pattern)(path)).toBe(pattern.endsWith('?'));
  },
);

test.each(['{a,b}.csv', 'a[12].csv', 'a\\*.csv', '{1..9999999}.csv'])(
  '%s is refused with words',
  (pattern) => {
    expect(patternProblem(pattern)).toContain(`"${pattern}" holds`);
  },
);
