import { expect, test } from 'vitest';
import { plainStyle } from '../../src/cli/render/style.ts';
import { textDifference } from '../../src/cli/render/text-difference.ts';

const options = { style: plainStyle, columns: 80, lines: 20 };
const numbered = (count: number, edit: (line: number) => string = (line) => `line ${line}`) =>
  Array.from({ length: count }, (_, index) => edit(index + 1)).join('\n');
const long = { a: 'a long value that needs its own line', b: [1, 2], c: 'and another one that is long' };

test.each<[string, string | undefined, string | undefined, string[]]>([
  ['two short lines', '0.2', '0.7', ['- 0.2', '+ 0.7']],
  ['nothing before', undefined, 'high', ['+ high']],
  ['nothing now', 'high', undefined, ['- high']],
  [
    'a long line, from a little before the change',
    `${'x'.repeat(100)}old`,
    `${'x'.repeat(100)}new`,
    [`- …${'x'.repeat(40)}old`, `+ …${'x'.repeat(40)}new`],
  ],
  [
    'a line of many',
    numbered(9),
    numbered(9, (line) => (line === 5 ? 'other' : `line ${line}`)),
    ['@@ line 3', '  line 3', '  line 4', '- line 5', '+ other', '  line 6', '  line 7'],
  ],
  [
    'lines that moved down',
    numbered(6),
    `new\nnewer\n${numbered(5)}\nlast`,
    [
      '@@ line 1',
      '+ new',
      '+ newer',
      '  line 1',
      '  line 2',
      '@@ line 4 is now 6',
      '  line 4',
      '  line 5',
      '- line 6',
      '+ last',
    ],
  ],
  [
    'JSON is laid out first',
    JSON.stringify(long),
    JSON.stringify({ ...long, b: [1, 3] }),
    [
      '@@ line 3',
      '    "b": [',
      '      1,',
      '-     2',
      '+     3',
      '    ],',
      '    "c": "and another one that is long"',
    ],
  ],
  ['short JSON stays on its line', '{"a":1}', '{"a":2}', ['- {"a":1}', '+ {"a":2}']],
  [
    'what looks like JSON and is none',
    '{'.repeat(70),
    `${'{'.repeat(70)}}`,
    [`- …${'{'.repeat(40)}`, `+ …${'{'.repeat(40)}}`],
  ],
  ['control characters are not sent to the terminal', 'a\u001b[31m', 'b', ['- a\\x1b[31m', '+ b']],
])('%s', async (_, was, now, lines) => {
  expect(await textDifference({ was, now }, options)).toEqual(lines);
});

test('says how much it leaves out', async () => {
  const lines = await textDifference(
    { was: numbered(50), now: numbered(50, String) },
    { ...options, lines: 3 },
  );
  expect(lines).toEqual(['@@ line 1', '- line 1', '- line 2', '… 98 more lines']);
});

test('two long texts without a line in common are shown one after the other', async () => {
  const lines = await textDifference(
    { was: numbered(3000), now: numbered(3000, (line) => `other ${line}`) },
    { ...options, lines: 2 },
  );
  expect(lines).toEqual(['- line 1', '- line 2', '… 5998 more lines']);
});
