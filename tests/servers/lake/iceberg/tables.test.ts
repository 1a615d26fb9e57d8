import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pathOf } from '../../../../src/servers/lake/iceberg/files/locations.ts';
import {
  appendRows,
  changePartitioning,
  changeSchema,
  createTable,
  deleteFiles,
  dropTable,
  IcebergError,
  loadTable,
  overwritePartitions,
  overwriteTable,
  planFiles,
  rollbackTo,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { hasOpenApi, openApiCheck } from './support/metadata-schema.ts';
import { sorted, warehouseOfTest } from './support/test-warehouse.ts';

const table = tableName('bronze.prices');

const allTypes = [
  { name: 'flag', type: 'boolean' },
  { name: 'i', type: 'int', required: true },
  { name: 'l', type: 'long' },
  { name: 'f', type: 'float' },
  { name: 'd', type: 'double' },
  { name: 'small', type: 'decimal(10,2)' },
  { name: 'large', type: 'decimal(38,9)' },
  { name: 'day', type: 'date' },
  { name: 'clock', type: 'time' },
  { name: 'ts', type: 'timestamp' },
  { name: 'tz', type: 'timestamptz' },
  { name: 's', type: 'string' },
  { name: 'u', type: 'uuid' },
  { name: 'b', type: 'binary' },
  {
    name: 'st',
    type: {
      type: 'struct',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'B "x"', type: 'string' },
      ],
    },
  },
  { name: 'li', type: { type: 'list', element: { type: 'struct', fields: [{ name: 'x', type: 'long' }] } } },
  { name: 'ma', type: { type: 'map', key: 'string', value: 'decimal(6,3)' } },
] as const;

const values = `SELECT * FROM (VALUES
  (true, 1, 9223372036854775807, 3.4028234663852886e38::FLOAT, 0.1::DOUBLE, 99999999.99, 99999999999999999999999999999.999999999,
   DATE '0001-01-01', TIME '23:59:59.999999', TIMESTAMP '2024-02-29 12:00:00.000001', TIMESTAMPTZ '2024-02-29 12:00:00+02',
   'a/b c=ü 😀', 'f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID, '\\xAA\\x00'::BLOB, {'a': 1, 'B "x"': 'y'}, [{'x': 1::BIGINT}, NULL], MAP {'k': 1.5}),
  (NULL, -2147483648, -9223372036854775808, 'NaN'::FLOAT, '-inf'::DOUBLE, -0.01, -1, DATE '9999-12-31', TIME '00:00:00',
   TIMESTAMP '0001-01-01 00:00:00', TIMESTAMPTZ '9999-12-31 23:59:59+00', '', NULL, ''::BLOB, {'a': NULL, 'B "x"': NULL}, [], MAP {}),
  (false, 2147483647, 0, -0.0::FLOAT, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
) AS t(flag, i, l, f, d, small, large, day, clock, ts, tz, s, u, b, st, li, ma)`;

test('every type comes back as it went in, at its bounds and as null', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns: allTypes });
  await appendRows(lake, { table, select: values });
  const typed = await lake.engine.run(values);
  const rows = sorted(await lake.rows('bronze.prices'));
  const asText = (list: readonly object[]) =>
    list.map((row) => ({ ...row, large: undefined, ma: undefined }));
  expect(sorted(asText(rows) as never)).toEqual(sorted(asText(typed) as never));
  expect(rows.map((row) => row['large']).sort()).toEqual(
    ['-1.000000000', '99999999999999999999999999999.999999999', null].sort(),
  );
});

test('the files of a table are what other engines expect', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', {
    columns: allTypes,
    partitionedBy: [{ column: 'i', transform: 'bucket[4]' }],
  });
  await appendRows(lake, { table, select: values });
  const [planned] = (await planFiles(lake, { table })).files;
  const path = pathOf(planned!.file.location);
  const columns = await lake.engine.run(
    `SELECT name, field_id FROM parquet_schema('${path}') WHERE field_id IS NOT NULL ORDER BY field_id`,
  );
  expect(columns.map((column) => [column['name'], Number(column['field_id'])])).toEqual([
    ...allTypes.map((column, index) => [column.name, index + 1]),
    ['a', 18],
    ['B "x"', 19],
    ['element', 20],
    ['x', 21],
    ['key', 22],
    ['value', 23],
  ]);
});

test.runIf(hasOpenApi)("each version of the metadata is valid by the format's own description", async () => {
  const check = openApiCheck('TableMetadata');
  const lake = await warehouseOfTest();
  const locations = [(await createTable(lake, { table, columns: allTypes })).location];
  locations.push((await appendRows(lake, { table, select: values })).state.location);
  locations.push(
    (await changePartitioning(lake, { table, partitionedBy: [{ column: 'ts', transform: 'day' }] })).location,
  );
  locations.push(
    (await changeSchema(lake, { table, changes: [{ change: 'add', column: 'n', type: 'int' }] })).location,
  );
  locations.push((await overwriteTable(lake, { table, select: values })).state.location);
  for (const location of locations) check(JSON.parse(readFileSync(pathOf(location), 'utf8')));
  const broken = { ...JSON.parse(readFileSync(pathOf(locations.at(-1)!), 'utf8')), 'format-version': 9 };
  expect(() => check(broken)).toThrow('TableMetadata');
});

test('a snapshot says what it did and for whom', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns: [{ name: 'id', type: 'int' }] });
  const summary = { 'aiworkflow.run-id': 'r1', 'aiworkflow.call-id': 'c7' };
  await appendRows(lake, { table, select: 'SELECT 1 AS id UNION ALL SELECT 2', summary });
  const { state } = await overwriteTable(lake, { table, select: 'SELECT 3 AS id' });
  expect(state.metadata.snapshots.map((snapshot) => snapshot.summary)).toEqual([
    expect.objectContaining({
      operation: 'append',
      'added-records': '2',
      'total-records': '2',
      'added-data-files': '1',
      ...summary,
    }),
    expect.objectContaining({
      operation: 'overwrite',
      'added-records': '1',
      'deleted-records': '2',
      'total-records': '1',
      'total-data-files': '1',
    }),
  ]);
  expect(readFileSync(`${pathOf(state.metadata.location)}/metadata/version-hint.text`, 'utf8')).toBe('3');
});

test('columns are found by their ids: added, renamed, moved, widened, dropped and made anew', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', {
    columns: [
      { name: 'id', type: 'int', required: true },
      { name: 'price', type: 'decimal(6,2)' },
      { name: 'note', type: 'string' },
      { name: 'ratio', type: 'float' },
    ],
  });
  await appendRows(lake, { table, select: "SELECT 1 AS id, 1.50 AS price, 'old' AS note, 0.5 AS ratio" });
  await changeSchema(lake, {
    table,
    changes: [
      { change: 'widen', column: 'id', type: 'long' },
      { change: 'make-optional', column: 'id' },
      { change: 'widen', column: 'price', type: 'decimal(12,2)' },
      { change: 'widen', column: 'ratio', type: 'double' },
      { change: 'rename', column: 'price', to: 'net price' },
      { change: 'drop', column: 'note' },
      { change: 'add', column: 'note', type: 'int', doc: 'another note' },
      { change: 'move', column: 'ratio', after: null },
    ],
  });
  await appendRows(lake, {
    table,
    select: 'SELECT 3000000000 AS id, 1234567890.12 AS "net price", 7 AS note, 0.1 AS ratio',
  });
  expect(sorted(await lake.rows('bronze.prices'))).toEqual([
    { ratio: 0.5, id: '1', 'net price': '1.50', note: null },
    { ratio: 0.1, id: '3000000000', 'net price': '1234567890.12', note: 7 },
  ]);
  expect(Object.keys((await lake.rows('bronze.prices'))[0]!)).toEqual(['ratio', 'id', 'net price', 'note']);
});

test('fields of structs in columns, lists and maps are found by their ids too', async () => {
  const lake = await warehouseOfTest();
  const size = {
    type: 'struct',
    fields: [
      { name: 'w', type: 'int' },
      { name: 'h', type: 'int' },
    ],
  } as const;
  await lake.create('bronze.prices', {
    columns: [
      { name: 'id', type: 'int' },
      { name: 'size', type: size },
      { name: 'sizes', type: { type: 'list', element: size } },
      { name: 'named', type: { type: 'map', key: 'string', value: { type: 'list', element: 'int' } } },
    ],
  });
  const old =
    "SELECT 1 AS id, {'w': 1, 'h': 2} AS size, [{'w': 3, 'h': 4}, NULL] AS sizes, MAP {'k': [1, 2]} AS named";
  await appendRows(lake, { table, select: `${old} UNION ALL SELECT 2, NULL, NULL, NULL` });
  await changeSchema(lake, {
    table,
    changes: [
      { change: 'rename', column: ['size', 'w'], to: 'width' },
      { change: 'add', column: ['size', 'w'], type: 'string', after: null },
      { change: 'drop', column: ['size', 'h'] },
      { change: 'widen', column: ['size', 'width'], type: 'long' },
    ],
  });
  await appendRows(lake, { table, select: "SELECT 3 AS id, {'w': 'new', 'width': 9} AS size" });
  expect(sorted(await lake.rows('bronze.prices'))).toEqual([
    {
      id: 1,
      size: { w: null, width: '1' },
      sizes: [{ w: 3, h: 4 }, null],
      named: [{ key: 'k', value: [1, 2] }],
    },
    { id: 2, size: null, sizes: null, named: null },
    { id: 3, size: { w: 'new', width: '9' }, sizes: null, named: null },
  ]);
});

test('overwriting partitions touches those that have new rows, and only those', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', {
    columns: [
      { name: 'vendor', type: 'string' },
      { name: 'day', type: 'date' },
      { name: 'n', type: 'int' },
    ],
    partitionedBy: [
      { column: 'day', transform: 'month' },
      { column: 'vendor', transform: 'identity' },
    ],
  });
  const row = (vendor: string, day: string, n: number) =>
    `SELECT ${vendor} AS vendor, DATE '${day}' AS day, ${n} AS n`;
  const first = [
    row("'a'", '2024-01-01', 1),
    row("'a'", '2024-01-31', 2),
    row('NULL', '2024-01-01', 3),
    row("'a'", '2024-02-01', 4),
  ];
  await appendRows(lake, { table, select: first.join(' UNION ALL ') });
  await overwritePartitions(lake, {
    table,
    select: `${row("'a'", '2024-01-15', 9)} UNION ALL ${row('NULL', '2024-01-02', 8)}`,
  });
  expect((await lake.rows('bronze.prices')).map((found) => found['n']).sort()).toEqual([4, 8, 9]);
});

test('after the partitioning changed, old files are read, pruned and overwritten by their own', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', {
    columns: [
      { name: 'ts', type: 'timestamptz' },
      { name: 'n', type: 'int' },
    ],
    partitionedBy: [{ column: 'ts', transform: 'month' }],
  });
  const rows = (month: string) =>
    `SELECT TIMESTAMPTZ '2024-${month}-10 12:00:00+00' AS ts, ${Number(month)} AS n`;
  await appendRows(lake, { table, select: `${rows('01')} UNION ALL ${rows('02')}` });
  await changePartitioning(lake, { table, partitionedBy: [{ column: 'ts', transform: 'day' }] });
  await appendRows(lake, { table, select: `${rows('02')} UNION ALL ${rows('03')}` });
  const where = { column: 'ts', is: '>=', value: '2024-02-01 00:00:00+00' } as const;
  const plan = await planFiles(lake, { table, where });
  expect([plan.files.length, plan.counts.filesSkipped]).toEqual([3, 1]);
  expect((await lake.rows('bronze.prices', { where })).map((row) => row['n']).sort()).toEqual([2, 2, 3]);
  await expect(overwritePartitions(lake, { table, select: rows('02') })).rejects.toMatchObject({
    code: 'INVALID',
  });
  await overwriteTable(lake, { table, select: rows('04') });
  await overwritePartitions(lake, { table, select: `SELECT ts, 5 AS n FROM (${rows('04')})` });
  expect((await lake.rows('bronze.prices')).map((row) => row['n'])).toEqual([5]);
  const back = await changePartitioning(lake, {
    table,
    partitionedBy: [{ column: 'ts', transform: 'month' }],
  });
  expect(back.metadata['default-spec-id']).toBe(0);
});

test('the table can be seen as it was, by snapshot and by time, with its columns of then', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns: [{ name: 'id', type: 'int' }] });
  const first = await appendRows(lake, { table, select: 'SELECT 1 AS id' });
  await changeSchema(lake, { table, changes: [{ change: 'rename', column: 'id', to: 'sku' }] });
  const second = await appendRows(lake, { table, select: 'SELECT 2 AS sku' });
  const at = { snapshotId: first.snapshotId };
  expect(await lake.rows('bronze.prices', { at })).toEqual([{ id: 1 }]);
  const [, later] = second.state.metadata['snapshot-log'];
  expect(await lake.rows('bronze.prices', { at: { timestampMs: later!['timestamp-ms'] - 1 } })).toEqual([
    { id: 1 },
  ]);
  await expect(lake.rows('bronze.prices', { at: { timestampMs: 1 } })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await rollbackTo(lake, { table, ...at });
  expect(await lake.rows('bronze.prices')).toEqual([{ sku: 1 }]);
  await expect(rollbackTo(lake, { table, snapshotId: second.snapshotId })).rejects.toMatchObject({
    code: 'INVALID',
  });
  await appendRows(lake, { table, select: 'SELECT 3 AS sku' });
  expect(sorted(await lake.rows('bronze.prices'))).toEqual([{ sku: 1 }, { sku: 3 }]);
});

test('whole files can be taken out, and a file that is gone is a conflict', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns: [{ name: 'id', type: 'int' }] });
  for (const id of [1, 2]) await appendRows(lake, { table, select: `SELECT ${id} AS id` });
  const plan = await planFiles(lake, { table, where: { column: 'id', is: '=', value: 1 } });
  const locations = plan.files.map(({ file }) => file.location);
  await deleteFiles(lake, { table, locations });
  expect(await lake.rows('bronze.prices')).toEqual([{ id: 2 }]);
  await expect(deleteFiles(lake, { table, locations })).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('names may hold quotes, slashes, points and SQL', async () => {
  const lake = await warehouseOfTest();
  const odd = { namespace: ['a"b; DROP TABLE x', 'ü/\\'], name: "t'able. /\\😀" };
  const column = `c"o'l{}[]; --`;
  await createTable(lake, {
    table: odd,
    columns: [{ name: column, type: 'string' }],
    partitionedBy: [{ column, transform: 'identity' }],
  });
  await appendRows(lake, { table: odd, select: `SELECT 'x''/y' AS "c""o'l{}[]; --" UNION ALL SELECT NULL` });
  const { files } = await planFiles(lake, { table: odd, where: { column, is: '=', value: "x'/y" } });
  expect(files.map(({ file }) => file.partition)).toEqual([["x'/y"]]);
  expect(pathOf(files[0]!.file.location).startsWith(`${lake.folder}/`)).toBe(true);
  expect(lake.catalog.listTables(odd.namespace)).toEqual([odd]);
});

test('a dropped table leaves its name and not its rows', async () => {
  const lake = await warehouseOfTest();
  const columns = [{ name: 'id', type: 'int' }] as const;
  await lake.create('bronze.prices', { columns });
  await appendRows(lake, { table, select: 'SELECT 1 AS id' });
  await expect(lake.create('bronze.prices', { columns })).rejects.toMatchObject({ code: 'EXISTS' });
  await dropTable(lake, { table });
  await expect(lake.rows('bronze.prices')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await lake.create('bronze.prices', { columns });
  expect(await lake.rows('bronze.prices')).toEqual([]);
  await dropTable(lake, { table, purge: true });
});

test.each([
  ['an unknown column', 'SELECT 1 AS id, 2 AS typo', 'INVALID'],
  ['a missing value of a required column', 'SELECT NULL AS id', undefined],
  ['a value that does not fit', "SELECT 'x' AS id", undefined],
  ['an infinite date', "SELECT 1 AS id, DATE 'infinity' AS day", 'INVALID'],
])('%s is refused and the table stays as it was', async (_name, select, code) => {
  const lake = await warehouseOfTest();
  const columns = [
    { name: 'id', type: 'int', required: true },
    { name: 'day', type: 'date' },
  ] as const;
  await lake.create('bronze.prices', { columns });
  const before = (await loadTable(lake, table)).location;
  const failure = await appendRows(lake, { table, select }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(IcebergError.is(failure) ? failure.code : undefined).toBe(code);
  expect((await loadTable(lake, table)).location).toBe(before);
});

test.each([
  ['an unknown type', [{ name: 'a', type: 'variant' }], 'UNSUPPORTED'],
  ['nanoseconds', [{ name: 'a', type: 'timestamp_ns' }], 'UNSUPPORTED'],
  ['bytes of a fixed length', [{ name: 'a', type: 'fixed[3]' }], 'UNSUPPORTED'],
  ['a decimal of 39 digits', [{ name: 'a', type: 'decimal(39,2)' }], 'INVALID'],
  [
    'two names that differ in case',
    [
      { name: 'a', type: 'int' },
      { name: 'A', type: 'int' },
    ],
    'INVALID',
  ],
  ['no columns', [], 'INVALID'],
])('a table with %s is refused', async (_name, columns, code) => {
  const lake = await warehouseOfTest();
  await expect(lake.create('bronze.prices', { columns })).rejects.toMatchObject({ code });
});

test.each([
  ['a narrower type', { change: 'widen', column: 'n', type: 'int' }],
  ['another type', { change: 'widen', column: 'n', type: 'string' }],
  ['a name that is taken', { change: 'rename', column: 'n', to: 'VENDOR' }],
  ['a column that partitions', { change: 'drop', column: 'vendor' }],
] as const)('%s is refused as a change of the schema', async (_name, change) => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', {
    columns: [
      { name: 'vendor', type: 'string' },
      { name: 'n', type: 'long' },
    ],
    partitionedBy: [{ column: 'vendor', transform: 'identity' }],
  });
  await expect(changeSchema(lake, { table, changes: [change] })).rejects.toMatchObject({ code: 'INVALID' });
});
