import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { FastCsvFile, FastCsvReading } from '../../../src/servers/lake/fast-csv/fast-csv.ts';
import { readFastCsv } from '../../../src/servers/lake/fast-csv/read-fast-csv.ts';
import type { QualityRule } from '../../../src/servers/lake/quality/rule.ts';
import { openSource } from '../../../src/servers/lake/sources/open-source.ts';
import type { Encoding, SourceOptions } from '../../../src/servers/lake/sources/source.ts';
import { openIcebergStore } from '../../../src/servers/lake/storage/iceberg-store.ts';
import type {
  CastRules,
  LoadRequest,
  TableDefinition,
  TableStore,
} from '../../../src/servers/lake/storage/table-store.ts';
import { temporaryFolder, writeInto } from './support/open-test-lake.ts';

const types = ['VARCHAR', 'DECIMAL(8,2)', 'INTEGER', 'DATE', 'TIMESTAMP', 'DOUBLE', 'BOOLEAN', 'SMALLINT[]'];
const names = types.map((_, index) => `c${index}`);

function definition(table: string, primary_key: readonly string[] = []): TableDefinition {
  return {
    table,
    columns: types.map((type, index) => ({
      name: names[index] ?? '',
      type,
      nullable: index > 0 && !primary_key.includes(names[index] ?? ''),
    })),
    primary_key,
    partitioned_by: ['_vendor_name'],
    declared: true,
  };
}

async function openStore() {
  const folder = temporaryFolder();
  const store = await openIcebergStore({
    warehouse: temporaryFolder(),
    // Enough for two writers.
    memory: '1GB',
    threads: 2,
    statementTimeoutMs: 60_000,
  });
  onTestFinished(() => store.close());
  return { folder, store };
}

let loads = 0;

/** Loads the file both ways, each into a table of its own, and gives what can be seen of it afterwards. */
async function loadBothWays(
  { folder, store }: Awaited<ReturnType<typeof openStore>>,
  file: {
    content: Uint8Array;
    options: SourceOptions;
    casts: CastRules;
    key?: readonly string[];
    rules?: readonly QualityRule[];
    blockBytes?: number;
  },
) {
  const { key = [], rules = [], casts, blockBytes = 1 << 20 } = file;
  writeInto(folder, 'f.csv', file.content);
  const source = await openSource({ absolute: join(folder, 'f.csv'), path: 'f.csv' }, file.options);
  const fastFile = source.fastCsv?.(names);
  if (fastFile === undefined) throw new Error('The dialect of this test must be one that is copied.');
  loads += 1;
  const load = { source, casts, key, rules, blockBytes };
  const slow = await loadOneWay(store, { ...load, table: `product_raw.slow${loads}` });
  const fast = await loadOneWay(store, { ...load, table: `product_raw.fast${loads}`, fastFile });
  return { slow, fast };
}

async function loadOneWay(
  store: TableStore,
  load: {
    table: string;
    source: Awaited<ReturnType<typeof openSource>>;
    casts: CastRules;
    key: readonly string[];
    rules: readonly QualityRule[];
    blockBytes: number;
    fastFile?: FastCsvFile;
  },
) {
  const { table, source, casts, fastFile, key, rules, blockBytes } = load;
  await store.createTable(definition(table, key));
  if (key.length > 0) await loadKnownKeys(store, definition(table, key));
  const reading = source.read(names);
  let units = reading.unitsRead;
  let copied = 0;
  let fast: FastCsvReading | undefined;
  const request: LoadRequest = {
    definition: definition(table, key),
    file: 'f.csv',
    sha256: `${loads}`,
    vendorName: 'v',
    optionsKey: '{}',
    casts,
    batches: reading.batches,
    fastCsv: fastFile && {
      width: fastFile.width,
      fields: fastFile.fields,
      open: (folder) => {
        // One byte: a chunk for every block.
        fast = readFastCsv(fastFile, { folder, chunkBytes: 1, blockBytes });
        units = fast.unitsRead;
        return tally(fast.chunks, (rows) => {
          copied += rows;
        });
      },
      readAgain: (lines) => fast?.readAgain(lines) ?? [],
    },
    verify: async () => expect(units()).toBe(await source.countUnits()),
    rules,
  };
  const outcome = await store.load(request).then(
    ({ rows_read, rows_loaded, rows_rejected, quality }) => ({
      counts: [rows_read, rows_loaded, rows_rejected],
      quality,
    }),
    (error: Error) => ({ counts: [], refused: error.message.replaceAll(table, 'TABLE') }),
  );
  const rows = await store.query(
    `SELECT * EXCLUDE (_load_id, _ingestion_date, _ingested_at) FROM ${table} ORDER BY _source_line, _source_file`,
  );
  const errors = await store.query(
    `SELECT line, byte_offset, column_name, reason, detail, raw_row FROM product_raw.ingest_errors WHERE target_table = '${table}' ORDER BY line`,
  );
  return {
    ...outcome,
    rows: rows.rows,
    errors: errors.rows,
    copied,
  };
}

/** What another file brought: its keys are taken. */
async function loadKnownKeys(store: TableStore, definition: TableDefinition): Promise<void> {
  const cells = ['A', '12.50', '1', '2026-01-01', null, null, null, null];
  async function* batches() {
    yield [{ line: 2, byteOffset: null, raw: 'known', cells }];
  }
  await store.load({
    definition,
    file: 'known.csv',
    sha256: 'known',
    vendorName: 'v',
    optionsKey: '{}',
    casts: { decimalSeparator: undefined, nullValues: [], dateFormats: [] },
    batches: batches(),
    verify: async () => undefined,
  });
}

async function* tally<T extends { cleanRows: number }>(
  chunks: AsyncIterable<T>,
  count: (rows: number) => void,
) {
  for await (const chunk of chunks) {
    count(chunk.cleanRows);
    yield chunk;
  }
}

const oddCells = [
  ...[
    '',
    '  ',
    '\t',
    '\u00a0',
    ' 5 ',
    'N/A',
    ' N/A',
    'é',
    '€',
    '""',
    '"  "',
    '""""',
    '"q,q"',
    '"a""b"',
    'pipe 5"',
  ],
  ...['"open', '"x"y', '"a\nb"', '"r\rs"', 'lone\rcr', 'x\r', 'x\u001fy', '\u0000', '"\u001f"'],
  ...[
    '1',
    '-5',
    '+7',
    '007',
    '-0',
    '1.0',
    '12.50',
    '12.5',
    '.5',
    '1.555',
    '-0.00',
    '1,5',
    '1.234',
    '"1,234"',
    '1_000',
  ],
  ...['1e3', '1E5', '1e+20', 'inf', 'nan', '-infinity', '99999999999', '100000000000000000000.0'],
  ...[
    '2026-01-01',
    '2026-1-1',
    '2026-02-30',
    '12026-01-01',
    '0044-03-15 (BC)',
    'infinity',
    'epoch',
    '01.02.2026',
  ],
  ...[
    '2026-01-01 10:00:00',
    '2026-01-01T10:00:00+02:00',
    '2026-01-01 10:00:00.1234567',
    '2026-01-01 24:00:00',
  ],
  ...['true', 'YES', '"[1,2]"', '[1.5]'],
];
const odd = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...oddCells) },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
);
const mostly = (...usual: string[]) =>
  fc.oneof({ weight: 25, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: odd });
const usualRow = fc
  .tuple(
    mostly('A', 'é', '"q,q"', '"a ""b"""', 'pipe 5"', 'N/A', '  '),
    mostly('12.50', '12.5', '', '"1.00"', '1', '  '),
    mostly('1', '-5', '', '007', '1.0'),
    mostly('2026-01-01', '', '2026-1-1'),
    mostly('2026-01-01 10:00:00', '2026-01-01T10:00:00Z', '', '2026-01-01 10:00:00.123456'),
    mostly('1.5', '1e+20', '', '3'),
    mostly('true', 'NO', '', ' 1'),
    mostly('"[1,2]"', '', '7'),
  )
  .map((cells) => cells.join(','));
const oddRow = fc.array(odd, { maxLength: 9 }).map((cells) => cells.join(','));
const line = fc.oneof(
  { weight: 6, arbitrary: usualRow },
  { weight: 1, arbitrary: oddRow },
  { weight: 1, arbitrary: fc.constantFrom('', '   ') },
);
const someRules: readonly (QualityRule & { name: string })[] = [
  { name: 'cheap', metric: 'invalidValues', column: 'c1', arguments: { max: 5 }, on_failure: 'quarantine' },
  {
    name: 'most are dated',
    metric: 'nullValues',
    column: 'c3',
    unit: 'percent',
    mustBeLessThan: 50,
    on_failure: 'quarantine',
  },
  {
    name: 'early lines',
    metric: 'invalidValues',
    column: '_source_line',
    arguments: { max: 30 },
    on_failure: 'quarantine',
  },
  { name: 'apart', metric: 'duplicateValues', columns: ['c2', 'c5'], on_failure: 'warn' },
  { name: 'set apart', metric: 'duplicateValues', column: 'c1', on_failure: 'quarantine' },
  { name: 'counted', metric: 'rowCount', mustBeGreaterOrEqualTo: 5 },
  {
    name: 'asked',
    query: 'SELECT count(*) FROM {table} WHERE c6 AND len(c7) > 1',
    mustBe: 0,
    on_failure: 'warn',
  },
  { name: 'whole', metric: 'missingValues', column: 'c4', severity: 'warning' },
  { name: 'few minus', metric: 'invalidValues', column: 'c2', arguments: { min: 0 }, mustBeLessThan: 8 },
];
const dirtyFile = fc.record({
  lines: fc.array(line, { maxLength: 40, size: 'max' }),
  end: fc.constantFrom('\n', '\r\n'),
  endsWithLine: fc.boolean(),
  brokenByte: fc.option(fc.nat(2000), { nil: undefined }),
  encoding: fc.constantFrom<Encoding>('utf-8', 'windows-1252'),
  mark: fc.boolean(),
  key: fc.constantFrom<string[]>([], ['c0'], ['c2'], ['c0', 'c3']),
  rules: fc.uniqueArray(fc.constantFrom(...someRules), { maxLength: 3, selector: ({ name }) => name }),
  // Small blocks: many chunks, and lines that are longer than one.
  blockBytes: fc.constantFrom(64, 400, 1 << 20),
  casts: fc.record({
    decimalSeparator: fc.constantFrom<',' | '.' | undefined>(undefined, ',', '.'),
    nullValues: fc.constantFrom<string[]>([], ['N/A', '1']),
    dateFormats: fc.constantFrom<string[]>([], ['%d.%m.%Y', '%Y-%m-%d']),
  }),
});

type DirtyFile = typeof dirtyFile extends fc.Arbitrary<infer T> ? T : never;

/** The bytes, with one of them broken. */
function bytesOf(file: DirtyFile): Uint8Array {
  const { lines, end, endsWithLine, brokenByte, encoding, mark } = file;
  const text = [names.join(','), ...lines].join(end) + (endsWithLine ? end : '');
  const bytes = Buffer.from(
    (mark && encoding === 'utf-8' ? '\uFEFF' : '') + text,
    encoding === 'utf-8' ? 'utf8' : 'latin1',
  );
  const start = names.join(',').length + 10;
  if (brokenByte !== undefined && bytes.length > start)
    bytes[start + (brokenByte % (bytes.length - start))] = 0xff;
  return bytes;
}

test('property: copied or cut record by record, a file gives the same rows and the same rejects', {
  timeout: 240_000,
}, async () => {
  const at = await openStore();
  let copied = 0;
  let read = 0;
  await fc.assert(
    fc.asyncProperty(dirtyFile, async (file) => {
      const options: SourceOptions = {
        format: 'csv',
        delimiter: ',',
        header: true,
        skip_lines: 0,
        encoding: file.encoding,
      };
      const { casts, key, rules, blockBytes } = file;
      const content = bytesOf(file);
      const { slow, fast } = await loadBothWays(at, { content, options, casts, key, rules, blockBytes });
      expect({ ...fast, copied: 0 }).toEqual(slow);
      copied += fast.copied;
      read += slow.counts[0] ?? 0;
    }),
    { numRuns: 25 },
  );
  // Otherwise nothing was compared.
  expect(copied).toBeGreaterThan(read / 4);
});

// Each line alone among good ones: what chance seldom puts into a line that would otherwise be copied whole.
const good = 'A,12.50,1,2026-01-01,2026-01-01 10:00:00,1.5,true,7';
test.each<[string, string]>([
  ['a lone carriage return in a field', 'A\rB,12.50,1,,,,,'],
  ['a lone carriage return where a field starts', '\rA,12.50,1,,,,,'],
  ['a carriage return before that of the line end', 'A,12.50,1,,,,,7\r\r'],
  ['a line end of two signs among those of one', 'A,12.50,1,,,,,7\r'],
  ['a zero byte', 'A\u0000B,12.50,1,,,,,'],
  ['the separator of the copies', 'A\u001fB,12.50,1,,,,,'],
  ['one empty field too many', 'A,12.50,1,,,,,,'],
  ['two empty fields too many', 'A,12.50,1,,,,,,,'],
  ['an empty field too many before a carriage return', 'A,12.50,1,,,,,7,\r'],
  ['a field behind an empty one too many', 'A,12.50,1,,,,,,,x'],
  ['one field too few', 'A,12.50,1,,,,'],
  ['quotes around a field', '"A",12.50,1,,,,,'],
  ['a quote inside of a field', 'pipe 5",12.50,1,,,,,'],
  ['a blank before a quote', ' "A,B",12.50,1,,,,,'],
  ['a field of blanks where one is required', '\u00a0 \t,12.50,1,,,,,'],
  ['a line that begins with a blank', ' A,12.50,1,,,,,'],
  ['a line of blanks', '   '],
])('%s: the same either way', async (_name, odd) => {
  const at = await openStore();
  const content = Buffer.from([names.join(','), good, odd, good, good, ''].join('\n'));
  const options: SourceOptions = {
    format: 'csv',
    delimiter: ',',
    header: true,
    skip_lines: 0,
    // Otherwise a blank before a quote is taken for what it mostly is, and nothing is copied.
    trim_quotes: false,
    encoding: 'utf-8',
  };
  const casts = { decimalSeparator: undefined, nullValues: [], dateFormats: [] };
  const { slow, fast } = await loadBothWays(at, { content, options, casts });
  expect({ ...fast, copied: 0 }).toEqual(slow);
  expect(fast.copied).toBeGreaterThanOrEqual(3);
});
