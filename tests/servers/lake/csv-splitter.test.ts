import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CsvSplitter } from '../../../src/servers/lake/sources/csv-splitter.ts';

const grammar = { delimiter: ';', quote: '"', recordEnd: '\n', lineEnd: '\n' };

function split(text: string, chunks: readonly number[] = [], how: Partial<typeof grammar> = {}) {
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

const dirtyText = fc
  .array(fc.constantFrom('a', ';', '"', '\n', '\r\n', '""', 'b c', '";"', '\n\n'), { maxLength: 60 })
  .map((parts) => parts.join(''));

test('the same rows however the text is cut into chunks', () => {
  fc.assert(
    fc.property(dirtyText, fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 40 }), (text, chunks) => {
      expect(split(text, chunks)).toEqual(split(text));
    }),
    { numRuns: 500 },
  );
});

test('every physical line is covered, whatever the dirt', () => {
  fc.assert(
    fc.property(dirtyText, (text) => {
      const feeds = text.split('\n').length - 1;
      expect(split(text).lines).toBe(text === '' || text.endsWith('\n') ? feeds : feeds + 1);
    }),
    { numRuns: 500 },
  );
});

test('a wide record with one quote takes no quadratic time', () => {
  const { rows } = split(`"a"${';'.repeat(1_000_000)}\n`);
  expect(rows[0]?.cells.length).toBe(1_000_001);
});
