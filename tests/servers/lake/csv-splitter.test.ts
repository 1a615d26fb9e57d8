import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CsvGrammar } from '../../../src/servers/lake/sources/csv-grammar.ts';
import { CsvSplitter } from '../../../src/servers/lake/sources/csv-splitter.ts';

const grammar: CsvGrammar = { delimiter: ';', quote: '"', recordEnd: '\n', lineEnd: '\n' };

function split(text: string, chunks: readonly number[] = [], how: Partial<CsvGrammar> = {}) {
  const splitter = new CsvSplitter({ ...grammar, ...how });
  const rows = [];
  let at = 0;
  for (const size of chunks) {
    rows.push(...splitter.push(text.slice(at, at + size)));
    at += size;
  }
  rows.push(...splitter.push(text.slice(at)), ...splitter.end());
  return { rows, lines: rows.reduce((sum, row) => sum + row.lines, splitter.blankLines) };
}

test.each<[string, string, string[][]]>([
  [
    'plain',
    'a;b\nc;d\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'no last line end',
    'a;b\nc;d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'CRLF',
    'a;b\r\nc;d\r\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['empty fields', ';;\n', [['', '', '']]],
  ['quoted delimiter, quote and line end', '"a;""x""\ny";b\n', [['a;"x"\ny', 'b']]],
  [
    'quoted last field with CRLF',
    'a;"b"\r\nc;d\r\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['quote inside a plain field', 'pipe 5";b\n', [['pipe 5"', 'b']]],
  ['blank lines are no rows', '\n\na;b\n\n', [['a', 'b']]],
  ['nothing', '', []],
])('%s', (_, text, cells) => {
  expect(split(text).rows.map((row) => row.cells)).toEqual(cells);
});

test.each<[string, string, string[], (string | undefined)[]]>([
  [
    'an unclosed quote costs its line only',
    'a;b\n"c;d\ne;f\n',
    ['a;b', '"c;d', 'e;f'],
    [undefined, 'malformed_quotes', undefined],
  ],
  ['text after a closing quote', '"a"x;b\nc;d\n', ['"a"x;b', 'c;d'], ['malformed_quotes', undefined]],
  [
    'an unclosed quote before a quoted row',
    '"a;b\n"c";d\n',
    ['"a;b', '"c";d'],
    ['malformed_quotes', undefined],
  ],
])('%s', (_, text, texts, faults) => {
  const { rows } = split(text);
  expect(rows.map((row) => row.text)).toEqual(texts);
  expect(rows.map((row) => row.fault)).toEqual(faults);
});

test('a record that never ends is rejected with its start, and reading goes on after it', () => {
  const { rows, lines } = split(`a;b\n${'x'.repeat(6_000_000)}\nc;d\n`, Array(7).fill(1_000_000));
  expect(rows.map((row) => [row.line, row.fault, row.text.length])).toEqual([
    [1, undefined, 3],
    [2, 'record_too_large', 4096],
    [3, undefined, 3],
  ]);
  expect(lines).toBe(3);
});

test('fields and records with separators of several characters', () => {
  const { rows, lines } = split('1+|a\nb+|c&|\n2+|+|d&|\n', [], { delimiter: '+|', recordEnd: '&|' });
  expect(rows.map((row) => row.cells)).toEqual([
    ['1', 'a\nb', 'c'],
    ['2', '', 'd'],
  ]);
  expect(lines).toBe(3);
});

const escaping = { escape: '\\' };
const trimming = { trim_quotes: true } as const;

test.each<[string, Partial<CsvGrammar>, string, string[][]]>([
  ['an escaped quote', escaping, '"a \\"q\\"";b\n', [['a "q"', 'b']]],
  ['a doubled quote beside an escaped one', escaping, '"a ""q"" \\"r\\"";b\n', [['a "q" "r"', 'b']]],
  ['an escaped escape before the closing quote', escaping, '"C:\\\\";b\n', [['C:\\', 'b']]],
  ['an escape before any other letter is a letter', escaping, '"C:\\dir";D:\\x\n', [['C:\\dir', 'D:\\x']]],
  ['an escaped delimiter and line end', { ...escaping, quote: '' }, 'a\\;b;c\\\nd\n', [['a;b', 'c\nd']]],
  ['an escape at the end of all', escaping, 'a;b\\', [['a', 'b\\']]],
  ['an escape before CRLF', { ...escaping, quote: '' }, 'a;b\\\r\nc\r\n', [['a', 'b\r\nc']]],
  ['blanks around quotes', trimming, 'a; "b;c" ;\t"d"\t\r\n', [['a', 'b;c', 'd']]],
  ['blanks around plain fields are theirs', trimming, ' a ; "b"\n', [[' a ', 'b']]],
  [
    'a tab that is the delimiter is no blank',
    { ...trimming, delimiter: '\t' },
    'a\t\t "b"\n',
    [['a', '', 'b']],
  ],
  [
    'comments',
    { comment: '#' },
    '# x;"y\na;b\n#\nc;#d\n#',
    [
      ['a', 'b'],
      ['c', '#d'],
    ],
  ],
  [
    'a comment of two signs',
    { comment: '//' },
    '// x\na;/b\n/c;d\n',
    [
      ['a', '/b'],
      ['/c', 'd'],
    ],
  ],
  ['a comment sign within quotes', { comment: '#' }, '"a\n#b";c\n', [['a\n#b', 'c']]],
  [
    'a quote before a separator of two signs',
    { delimiter: '+|', recordEnd: '&|' },
    '"a&|\nb"+|"c"&|\n',
    [['a&|\nb', 'c']],
  ],
])('%s', (_, how, text, cells) => {
  const whole = split(text, [], how);
  expect(whole.rows.map((row) => row.cells)).toEqual(cells);
  expect(whole.lines).toBe(physicalLines(text));
  expect(split(text, Array(text.length).fill(1), how)).toEqual(whole);
});

test('a comment without an end costs no memory and one line', () => {
  const { rows, lines } = split(`a;b\n#${'x'.repeat(6_000_000)}\nc;d\n`, Array(7).fill(1_000_000), {
    comment: '#',
  });
  expect(rows.map((row) => [row.line, row.cells])).toEqual([
    [1, ['a', 'b']],
    [3, ['c', 'd']],
  ]);
  expect(lines).toBe(3);
});

test.each([
  ['a;b~c;d~', 1],
  ['a;b~\nc;d~\n', 2],
  ['a;b~\nc;d~', 2],
  ['a;b~ ', 1],
  ['a;b~\r\nc;d~\r\n', 2],
])('%j with a separator of its own is %i lines', (text, lines) => {
  expect(split(text, [], { recordEnd: '~' }).lines).toBe(lines);
});

const dirtyText = fc
  .array(
    fc.constantFrom('a', ';', '"', '\n', '\r\n', '""', 'b c', '";"', '\n\n', '\\', '#', ' ', ' "', '" '),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

function physicalLines(text: string): number {
  const feeds = text.split('\n').length - 1;
  return text === '' || text.endsWith('\n') ? feeds : feeds + 1;
}

const grammars: readonly (readonly [string, Partial<CsvGrammar>])[] = [
  ['plain', {}],
  ['escaped', escaping],
  ['escaped, no quotes', { ...escaping, quote: '' }],
  ['trimmed', trimming],
  ['escaped, trimmed, with comments', { ...escaping, ...trimming, comment: '#' }],
  ['comments of two signs', { comment: '##' }],
  ['separators of two signs', { delimiter: ';a', recordEnd: '#;' }],
  [
    'separators of two signs, escaped and trimmed',
    { delimiter: ';a', recordEnd: '#;', ...escaping, ...trimming },
  ],
];
const chunkSizes = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 40 });

test.each(grammars)('%s: the same rows however the text is cut into chunks', (_, how) => {
  fc.assert(
    fc.property(dirtyText, chunkSizes, (text, chunks) => {
      expect(split(text, chunks, how)).toEqual(split(text, [], how));
    }),
    { numRuns: 500 },
  );
});

test.each(grammars)('%s: every physical line is covered, whatever the dirt', (_, how) => {
  fc.assert(
    fc.property(dirtyText, chunkSizes, (text, chunks) => {
      expect(split(text, chunks, how).lines).toBe(physicalLines(text));
    }),
    { numRuns: 500 },
  );
});

const value = fc
  .array(fc.constantFrom('a', ';', '"', '\\', '\n', '#', ' '), { maxLength: 6 })
  .map((parts) => parts.join(''));

test('what is written with escapes is read as it was', () => {
  const write = (cells: readonly string[]): string =>
    cells.map((cell) => `"${cell.replaceAll(/["\\]/g, '\\$&')}"`).join(';');
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { maxLength: 5 }), (rows) => {
      const text = rows.map((row) => `${write(row)}\n`).join('');
      expect(split(text, [], { ...escaping, comment: '#' }).rows.map((row) => row.cells)).toEqual(rows);
    }),
  );
});

test('a wide record with one quote takes no quadratic time', () => {
  const { rows } = split(`"a"${';'.repeat(1_000_000)}\n`);
  expect(rows[0]?.cells.length).toBe(1_000_001);
});
