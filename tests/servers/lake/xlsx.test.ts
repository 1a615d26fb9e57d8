import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import readWorkbook from 'read-excel-file/node';
import { expect, test } from 'vitest';
import { openSource } from '../../../src/servers/lake/sources/open-source.ts';
import { SharedStrings } from '../../../src/servers/lake/sources/shared-strings.ts';
import type { Source, SourceOptions } from '../../../src/servers/lake/sources/source.ts';
import { storeZip } from '../../../src/servers/lake/sources/stored-zip.ts';
import { columnName } from './support/make-xlsx.ts';
import { temporaryFolder } from './support/open-test-lake.ts';

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

// Formats as spreadsheet programs write them: by number, of one's own, with colours, texts and places in them.
const formats = [
  '0.00',
  'dd.mm.yyyy',
  '[$-407]d\\. mmmm yyyy;@',
  '#,##0.00 "days"',
  '[h]:mm:ss',
  '0%',
  'hh"h"mm',
];
const builtIn = [0, 1, 2, 14, 22, 46, 49, 57, 9];
const styleCount = formats.length + builtIn.length;

const styles = `<styleSheet xmlns="${main}"><numFmts>${formats
  .map((code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${code.replaceAll('"', '&quot;')}"/>`)
  .join('')}</numFmts><cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs>${[
  ...formats.map((_, index) => 164 + index),
  ...builtIn,
]
  .map((id) => `<xf numFmtId="${id}" xfId="0"/>`)
  .join('')}</cellXfs></styleSheet>`;

interface Parts {
  readonly sheet: string;
  readonly strings?: string;
  readonly date1904?: boolean;
  readonly styles?: string;
}

function workbook({ sheet, strings, date1904 = false, styles: styleSheet = styles }: Parts): Buffer {
  const relation = (id: string, kind: string, target: string) =>
    `<Relationship Id="${id}" Type="${office}/${kind}" Target="${target}"/>`;
  return storeZip({
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}"><workbookPr date1904="${date1904 ? 1 : 0}"/><sheets><sheet name="S" sheetId="1" r:id="s"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${relation('s', 'worksheet', 'worksheets/a.xml')}${relation('t', 'styles', 'styles.xml')}${relation('u', 'sharedStrings', '/xl/texts.xml')}</Relationships>`,
    'xl/styles.xml': styleSheet,
    'xl/worksheets/a.xml': sheet,
    ...(strings !== undefined && { 'xl/texts.xml': strings }),
  });
}

const sheetOf = (rows: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="${main}"><sheetData>${rows}</sheetData></worksheet>`;

const texts = [
  'long '.repeat(100),
  'a',
  '',
  ' ',
  '  padded ',
  'Größe & Maß <b>',
  'x_x000D_y',
  '_x0020_',
  '12',
  '🚲',
  'two\nlines',
];
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const strings = `<sst xmlns="${main}">${texts
  .map((text, index) =>
    index % 2 === 0
      ? `<si><t xml:space="preserve">${escaped(text)}</t></si>`
      : `<si><r><t>${escaped(text)}</t></r><r><rPr/><t>+</t></r><rPh sb="0" eb="1"><t>aloud</t></rPh></si>`,
  )
  .join('')}</sst>`;

const text = fc.constantFrom(...texts);
const cellBody = fc.oneof(
  fc.nat(texts.length - 1).map((index) => ['t="s"', `<v>${index}</v>`]),
  text.map((value) => ['t="inlineStr"', `<is><t>${escaped(value)}</t></is>`]),
  text.map((value) => ['t="inlineStr"', `<is><r><t>${escaped(value)}</t></r><r><t>!</t></r></is>`]),
  text.map((value) => ['t="str"', `<f>A1&amp;"x"</f><v>${escaped(value)}</v>`]),
  fc.constantFrom('0', '1').map((value) => ['t="b"', `<v>${value}</v>`]),
  fc.constant(['t="e"', '<v>#N/A</v>']),
  fc.constantFrom('2024-02-29', '2024-02-29T12:30:00Z').map((value) => ['t="d"', `<v>${value}</v>`]),
  fc
    .tuple(
      fc.oneof(fc.integer({ min: 0, max: 80_000 }), fc.double({ noNaN: true, min: 0, max: 60_000 })),
      fc.option(fc.nat(styleCount - 1), { nil: undefined }),
    )
    .map(([value, style]) => [style === undefined ? '' : `s="${style}"`, `<v>${value}</v>`]),
  fc.constant(['s="1"', '']),
);
const row = fc.array(fc.option(cellBody, { nil: undefined, freq: 3 }), { maxLength: 30 });
const sheet = fc.array(row, { maxLength: 12 }).map((rows) =>
  sheetOf(
    rows
      .map((cells, y) => {
        const number = y * 2 + 1;
        const body = cells.map((cell, x) =>
          cell ? `<c r="${columnName(x)}${number}" ${cell[0]}>${cell[1]}</c>` : '',
        );
        return `<row r="${number}">${body.join('')}</row>`;
      })
      .join(''),
  ),
);

/** The same sheet as the library gives it: whole, its cells in memory. */
async function asTheLibraryReads(file: Buffer): Promise<unknown[][]> {
  const [found] = await readWorkbook(file);
  return (found?.data ?? []).map((cells) =>
    cells.map((cell: unknown) => {
      if (!(cell instanceof Date)) return cell;
      const [day = '', time = ''] = cell.toISOString().split('T');
      return time.startsWith('00:00:00') ? day : `${day} ${time.slice(0, 8)}`;
    }),
  );
}

async function open(file: Buffer, options: SourceOptions = {}): Promise<Source> {
  const folder = temporaryFolder();
  const absolute = join(folder, 'f.xlsx');
  writeFileSync(absolute, file);
  return openSource({ absolute, path: 'f.xlsx' }, options);
}

async function readAll(source: Source) {
  const reading = source.read(source.columns);
  const records = [];
  for await (const batch of reading.batches) records.push(...batch);
  return { records, units: reading.unitsRead() };
}

test('property: cell by cell what the library reads, and counted the same by other means', async () => {
  await fc.assert(
    fc.asyncProperty(sheet, fc.boolean(), async (xml, date1904) => {
      const file = workbook({ sheet: xml, strings, date1904 });
      const rows = await asTheLibraryReads(file);
      const source = await open(file, { header: false, skip_lines: 0 });
      const { records, units } = await readAll(source);
      const filled = rows
        .map((cells, index) => ({ cells, line: index + 1 }))
        .filter(({ cells }) => cells.some((cell) => cell !== null));
      expect(records.map(({ line, raw }) => ({ line, cells: Object.values(JSON.parse(raw)) }))).toEqual(
        filled,
      );
      expect([units, await source.countUnits()]).toEqual([filled.length, filled.length]);
    }),
    { numRuns: 150 },
  );
});

test.each<[string, string[], SourceOptions, { columns: string[]; lines: number[] }]>([
  ['a title above', ['|t', '', 'a|b|c', '1|2|3', '4||6'], {}, { columns: ['a', 'b', 'c'], lines: [4, 5] }],
  ['a header first', ['a|b|c', '1|2|3', '|5|'], {}, { columns: ['a', 'b', 'c'], lines: [2, 3] }],
  ['two columns', ['t', 'a|b', '1|2'], {}, { columns: ['t', 'column2'], lines: [2, 3] }],
  ['lines to skip', ['t', 'a|b', '1|2'], { skip_lines: 1 }, { columns: ['a', 'b'], lines: [3] }],
  ['no header', ['1|2', '3|4'], { header: false }, { columns: ['column1', 'column2'], lines: [1, 2] }],
  ['everything skipped', ['1|2'], { skip_lines: 9 }, { columns: ['column1', 'column2'], lines: [] }],
  ['nothing', [], {}, { columns: [], lines: [] }],
])('where the records begin: %s', async (_, rows, options, { columns, lines }) => {
  const xml = rows.map((cells, y) => {
    const body = cells.split('|').map((value, x) => {
      const place = `r="${columnName(x)}${y + 1}"`;
      return value === '' ? '' : `<c ${place} t="inlineStr"><is><t>${value}</t></is></c>`;
    });
    return `<row r="${y + 1}">${body.join('')}</row>`;
  });
  const source = await open(workbook({ sheet: sheetOf(xml.join('')) }), options);
  const { records, units } = await readAll(source);
  expect(source.columns.length).toBe(columns.length);
  expect(source.columns[0]).toBe(columns[0]);
  expect(records.map(({ line }) => line)).toEqual(lines);
  expect([units, await source.countUnits()]).toEqual([lines.length, lines.length]);
});

test('rows and cells without their places stand one after the other', async () => {
  const xml = sheetOf('<row><c><v>1</v></c><c><v>2</v></c></row><row><c t="str"><v>x</v></c></row>');
  const { records } = await readAll(await open(workbook({ sheet: xml }), { header: false }));
  expect(records.map(({ line, cells }) => ({ line, cells }))).toEqual([
    { line: 1, cells: ['1', '2'] },
    { line: 2, cells: ['x', null] },
  ]);
});

const cell = (place: string, body: string) => `<row r="1"><c r="${place}" ${body}</c></row>`;
const manyTexts = `<sst>${`<si><t>${'x'.repeat(1_048_577)}</t></si>`}</sst>`;
const longText = `<sst><si><t>${'x'.repeat(1_000_000)}</t></si></sst>`;

test.each<[string, Parts, string]>([
  ['a text for a number', { sheet: sheetOf(cell('C1', '><v>abc</v>')) }, 'cell C1: "abc" is no number'],
  [
    'a shared text that is not there',
    { sheet: sheetOf(cell('B1', 't="s"><v>7</v>')) },
    'cell B1: there is no shared text "7"',
  ],
  [
    'a style that is not there',
    { sheet: sheetOf(cell('A1', 's="999"><v>1</v>')) },
    'cell A1: there is no style 999',
  ],
  ['a type that is none', { sheet: sheetOf(cell('A1', 't="zz"><v>1</v>')) }, '"zz" is no type of a cell'],
  ['a column beyond the last', { sheet: sheetOf(cell('XFE1', '><v>1</v>')) }, 'cell "XFE1" in row 1'],
  ['a row beyond the last', { sheet: sheetOf('<row r="1048577"/>') }, 'its row "1048577" comes after row 0'],
  ['rows that go back', { sheet: sheetOf('<row r="5"/><row r="4"/>') }, 'its row "4" comes after row 5'],
  [
    'a shared text beyond all measure',
    { sheet: sheetOf(''), strings: manyTexts },
    'a shared text has more than 1048576 characters',
  ],
  [
    'one long text again and again in a row',
    {
      sheet: sheetOf(`<row>${'<c t="s"><v>0</v></c>'.repeat(80)}</row>`),
      strings: longText,
    },
    'with it its row holds more than 16 MiB',
  ],
  [
    'an entity of its own',
    { sheet: `<!DOCTYPE s [<!ENTITY a "ha">]>${sheetOf(cell('A1', 't="str"><v>&a;</v>'))}` },
    'is not well-formed XML',
  ],
  ['elements without end', { sheet: `<worksheet>${'<a>'.repeat(1000)}` }, 'nested more than 200 deep'],
  [
    'a format of 100 kB',
    {
      sheet: sheetOf(''),
      styles: `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="${'['.repeat(100_000)}"/></numFmts></styleSheet>`,
    },
    'a format of numbers has more than 1000 characters',
  ],
])('%s is told with its place', async (_, parts, words) => {
  await expect(open(workbook(parts))).rejects.toThrow(words);
});

test('a sheet that names its last cell only, and one that names it in each row', async () => {
  const last = sheetOf('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>');
  const { records } = await readAll(await open(workbook({ sheet: last }), { header: false }));
  expect(records.map(({ line, cells }) => [line, cells.length, cells.at(-1)])).toEqual([
    [1_048_576, 16_384, '1'],
  ]);
  const rows = Array.from(
    { length: 7000 },
    (_, y) => `<row r="${y + 1}"><c r="XFD${y + 1}"><v>1</v></c></row>`,
  );
  await expect(open(workbook({ sheet: sheetOf(rows.join('')) }))).rejects.toThrow(
    'spans 7000 rows and 16384 columns, of which 7000 cells hold something',
  );
});

test('shared texts come back as they were put in, wherever they are kept', () => {
  const shared = new SharedStrings();
  const long = randomBytes(700_000).toString('hex').slice(0, 1_000_000);
  const all = Array.from({ length: 30 }, (_, index) =>
    index % 3 === 0 ? '' : `${index} größe 🚲 ${index % 5 === 0 ? long : ''}`,
  );
  for (const each of all) shared.add(each);
  expect(all.map((_, index) => shared.get(index))).toEqual(all);
  expect([shared.get(30), shared.get(-1), shared.get(0.5), shared.get(Number.NaN)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
