import { expect, test } from 'vitest';
import {
  appendPrepared,
  planFiles,
  prepareRows,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { decodeValue } from '../../../../src/servers/lake/iceberg/values/binary-value.ts';
import { warehouseOfTest } from './support/test-warehouse.ts';

const table = tableName('bronze.prices');
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

async function appendConstant(
  sql: string,
  { required = false, select = `SELECT i AS n, ${sql} AS vendor FROM range(5000) AS t(i)` } = {},
) {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', {
    columns: [
      { name: 'n', type: 'long' },
      { name: 'Vendor', type: 'string', required },
    ],
  });
  const prepared = await prepareRows(lake, { table, select, constants: new Map([['vendor', sql]]) });
  await appendPrepared(lake, { table, prepared: [prepared] });
  const { files } = await planFiles(lake, { table });
  expect(files).toHaveLength(1);
  const { lowerBounds, upperBounds, nullCounts, valueCounts } = files[0]!.file;
  const bound = (bytes: Uint8Array | undefined) =>
    bytes === undefined ? undefined : decodeValue('string', bytes);
  return {
    lake,
    lower: bound(lowerBounds.get(2)),
    upper: bound(upperBounds.get(2)),
    nulls: nullCounts.get(2),
    values: valueCounts.get(2),
  };
}

test.each<[string, string, { lower?: string; upper?: string }]>([
  ['a name', 'nordwind', {}],
  ['quotes', `O'Neil's "best" \\ '' ;--`, { lower: `O'Neil's "best" `, upper: `O'Neil's "best"!` }],
  ['letters of many alphabets', 'Größe 😀 日本', {}],
  ['a long text', 'a'.repeat(40), { lower: 'a'.repeat(16), upper: `${'a'.repeat(15)}b` }],
  ['an empty text', '', {}],
  ['a line end', 'a\nb', {}],
])(
  'a constant text column has its value in each row and its bounds in the manifest: %s',
  async (_, text, cut) => {
    const found = await appendConstant(quoted(text));
    expect([found.lower, found.upper]).toEqual([cut.lower ?? text, cut.upper ?? text]);
    expect([found.nulls, found.values]).toEqual([0, 5000]);
    const { lake } = found;
    const rows = await lake.rows('bronze.prices');
    expect(rows).toHaveLength(5000);
    expect(new Set(rows.map(({ Vendor }) => Vendor))).toEqual(new Set([text]));
    // A read leaves out what cannot match by the bounds.
    const filesWith = async (value: string) =>
      (await planFiles(lake, { table, where: { column: ['Vendor'], is: '=', value } })).files.length;
    expect([await filesWith(text), await filesWith('zzz')]).toEqual([1, 0]);
    // The files hold plain text, for readers that know nothing of DuckDB's enumerations.
    const { files } = await planFiles(lake, { table });
    const [schema] = await lake.engine.run(
      `SELECT type, converted_type FROM parquet_schema('${files[0]!.file.location.replace('file://', '')}') WHERE name = 'Vendor'`,
    );
    expect(schema).toMatchObject({ type: 'BYTE_ARRAY', converted_type: 'UTF8' });
  },
);

test('NULL is a constant like any other: null in each row, and no bounds', async () => {
  const { lake, ...found } = await appendConstant('NULL');
  expect(found).toEqual({ lower: undefined, upper: undefined, nulls: 5000, values: 5000 });
  expect(new Set((await lake.rows('bronze.prices')).map(({ Vendor }) => Vendor))).toEqual(new Set([null]));
});

test('a required column takes a constant text and refuses NULL', async () => {
  const { lower, nulls } = await appendConstant(quoted('nordwind'), { required: true });
  expect([lower, nulls]).toEqual(['nordwind', 0]);
  await expect(appendConstant('NULL', { required: true })).rejects.toThrow('"Vendor" is required');
});

test('columns are not taken for what every object has: constructor, __proto__', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', {
    columns: [
      { name: 'constructor', type: 'string' },
      { name: '__proto__', type: 'string' },
    ],
    partitionedBy: [{ column: 'constructor', transform: 'identity' }],
  });
  const select = `SELECT 'c' || i AS constructor, 'p' AS "__proto__" FROM range(2) AS t(i)`;
  const prepared = await prepareRows(lake, { table, select });
  await appendPrepared(lake, { table, prepared: [prepared] });
  expect((await planFiles(lake, { table })).files).toHaveLength(2);
});
