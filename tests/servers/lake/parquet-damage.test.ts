import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LakeFailure } from '../../../src/servers/lake/lake-failure.ts';
import { openSource } from '../../../src/servers/lake/sources/open-source.ts';
import { openTestLake } from './support/open-test-lake.ts';

let folder = '';
let whole = Buffer.alloc(0);
const records = 3000;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lake-parquet-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const path = join(folder, 'whole.parquet');
  await connection.run(
    `COPY (SELECT i AS id, 'name ' || i AS name, {'a': i, 'b': ['x', 'y']} AS s FROM range(${records}) AS t(i)) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
  );
  connection.closeSync();
  instance.closeSync();
  whole = readFileSync(path);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How the file is read: all of it, told as damaged, or with a count that differs, upon which a load keeps nothing. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const absolute = join(folder, 'f.parquet');
  writeFileSync(absolute, bytes);
  try {
    const source = await openSource({ absolute, path: 'f.parquet' }, { format: 'parquet' });
    let read = 0;
    for await (const batch of source.read(source.columns).batches) read += batch.length;
    return read === (await source.countUnits()) ? `read ${read}` : 'counts differ';
  } catch (error) {
    expect(error).toBeInstanceOf(LakeFailure);
    expect((error as Error).message).not.toContain(folder);
    expect((error as Error).message).toContain('not readable Parquet');
    return 'told';
  }
}

const footerStart = () => whole.length - 8 - whole.readUInt32LE(whole.length - 8);

test('property: a file that was cut off is told, wherever', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 2), async (length) => {
      expect(await outcome(whole.subarray(0, length + 1))).toBe('told');
    }),
    { numRuns: 30 },
  );
});

test('property: a file with a hole in its pages is told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 2000 }), async (at, bytes) => {
      const from = 4 + (at % (footerStart() - 4));
      const to = Math.min(footerStart(), from + bytes);
      const holed = Buffer.concat([whole.subarray(0, from), whole.subarray(to)]);
      expect(['told', `read ${records}`]).toContain(await outcome(holed));
    }),
    { numRuns: 30 },
  );
});

test('property: a footer with other bytes in it ends no process: told, or read and counted', async () => {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 0x7f, 0x80, 0xff), fc.nat(255)));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[footerStart() + (at % (whole.length - footerStart()))] = value;
      expect(await outcome(bytes)).toMatch(/^(told|counts differ|read \d+)$/);
    }),
    { numRuns: 150 },
  );
});

/** A number as the footer spells it. */
function coded(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

const text = (name: string) => [...coded(name.length), ...Buffer.from(name)];
const group = (children: number) => [0x48, ...text('a'), 0x15, ...coded(children * 2), 0];
const leaf = [0x15, 4, 0x25, 2, 0x18, ...text('id'), 0];

/** A file without rows, of this schema; `says` is the number of rows that its footer says. */
function fileOf(schema: readonly (readonly number[])[], { says = 0, count = schema.length } = {}): Buffer {
  const footer = Buffer.from(
    [[0x15, 2, 0x19, 0xfc, ...coded(count)], ...schema, [0x16, ...coded(says * 2), 0x19, 0x0c, 0]].flat(),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')]);
}

const many = (schema: readonly number[], count: number) => Array.from({ length: count }, () => schema);

test.each<[string, () => Buffer, string]>([
  // DuckDB follows a schema by recursion: this one ended the process.
  [
    '200,000 levels',
    () => fileOf([...many(group(1), 200_000), leaf]),
    'or more levels deep: at most 10000 and 64',
  ],
  ['20,000 columns', () => fileOf([group(20_000), ...many(leaf, 20_000)]), 'declares 20001 columns'],
  [
    'more elements said than there are',
    () => fileOf([group(1), leaf], { count: 2 ** 32 - 1 }),
    'its schema ends too early',
  ],
  ['children that are not there', () => fileOf([group(2 ** 30), leaf]), 'not readable Parquet'],
  [
    'rows that are not there',
    () => fileOf([group(1), leaf], { says: 10 ** 9 }),
    'holds 1000000000 units and 0 were read',
  ],
])('Parquet with %s is refused, and the table is unchanged', async (_, file, words) => {
  const lake = await openTestLake({ 'f.parquet': file() });
  const table = 'product_raw.t';
  await lake.call('create_table', { table, columns: [{ name: 'id', type: 'BIGINT' }] });
  const load = { path: 'f.parquet', table, vendor_name: 'v' };
  expect(await lake.failure('ingest', load)).toContain(words);
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 0 }]);
});
