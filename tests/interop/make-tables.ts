import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  appendRows,
  changePartitioning,
  changeSchema,
  compactFiles,
  createTable,
  openWarehouse,
  overwritePartitions,
  tableName,
} from '../../src/servers/lake/iceberg/index.ts';
import { openEngine } from '../servers/lake/iceberg/support/duckdb-engine-of-process.ts';
import { makeEvolvedTables } from './evolved-tables.ts';

// Tables for other engines to read, and beside them what they must find.
const [folder = ''] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const engine = await openEngine();
const warehouse = openWarehouse({ folder, engine });

const types = tableName('demo.types');
await createTable(warehouse, {
  table: types,
  columns: [
    { name: 'id', type: 'int', required: true },
    { name: 'flag', type: 'boolean' },
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
          { name: 'x', type: 'string' },
        ],
      },
    },
    { name: 'li', type: { type: 'list', element: 'long' } },
    { name: 'ma', type: { type: 'map', key: 'string', value: 'decimal(6,3)' } },
  ],
});
await appendRows(warehouse, {
  table: types,
  select: `SELECT * FROM (VALUES
    (1, true, 9223372036854775807, 3.4028234663852886e38::FLOAT, 0.1::DOUBLE, 99999999.99::DECIMAL(10,2),
     99999999999999999999999999999.999999999::DECIMAL(38,9), DATE '0001-01-01', TIME '23:59:59.999999',
     TIMESTAMP '9999-12-31 23:59:59.999999', TIMESTAMPTZ '2024-02-29 12:00:00.000001+02', 'a/b c=ü 😀',
     'f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID, '\\xAA\\x00'::BLOB, {'a': 1, 'x': 'y'}, [1, NULL, 3], MAP {'k': 1.5}),
    (2, false, -9223372036854775808, -1.5, '-inf'::DOUBLE, -99999999.99, -99999999999999999999999999999.999999999,
     DATE '9999-12-31', TIME '00:00:00', TIMESTAMP '0001-01-01 00:00:00', TIMESTAMPTZ '1960-01-01 00:00:00+00', '',
     '00000000-0000-0000-0000-000000000000'::UUID, ''::BLOB, {'a': NULL, 'x': NULL}, [], MAP {}),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
  ) AS t(id, flag, l, f, d, small, large, day, clock, ts, tz, s, u, b, st, li, ma)`,
});

const sales = tableName('demo.sales');
await createTable(warehouse, {
  table: sales,
  columns: [
    { name: 'id', type: 'int' },
    { name: 'vendor', type: 'string' },
    { name: 'sold_at', type: 'timestamptz' },
    { name: 'price', type: 'decimal(9,2)' },
  ],
  partitionedBy: [
    { column: 'sold_at', transform: 'day' },
    { column: 'vendor', transform: 'identity' },
  ],
});
const rows = (from: number, to: number) =>
  `SELECT i::INTEGER AS id, CASE WHEN i % 7 = 0 THEN NULL ELSE 'v/' || (i % 3) || ' ü' END AS vendor,
   TIMESTAMPTZ '2024-01-01 00:00:00+00' + INTERVAL (i) HOUR AS sold_at, (i / 4)::DECIMAL(9,2) AS price
   FROM range(${from}, ${to}) AS r(i)`;
const first = await appendRows(warehouse, {
  table: sales,
  select: rows(0, 100),
  summary: { 'aiworkflow.run-id': 'run-1' },
});
await changeSchema(warehouse, {
  table: sales,
  changes: [
    { change: 'rename', column: 'price', to: 'net_price' },
    { change: 'widen', column: 'net_price', type: 'decimal(12,2)' },
    { change: 'widen', column: 'id', type: 'long' },
    { change: 'add', column: 'note', type: 'string', after: 'id' },
  ],
});
await changePartitioning(warehouse, {
  table: sales,
  partitionedBy: [
    { column: 'sold_at', transform: 'month' },
    { column: 'id', transform: 'bucket[4]' },
    { column: 'vendor', transform: 'truncate[2]' },
  ],
});
const evolved = (from: number, to: number) =>
  `SELECT id, vendor, sold_at, price AS net_price, 'n' || id AS note FROM (${rows(from, to)})`;
await appendRows(warehouse, { table: sales, select: evolved(100, 200) });
for (let index = 200; index < 205; index++)
  await appendRows(warehouse, { table: sales, select: evolved(index, index + 1) });
await compactFiles(warehouse, { table: sales });
await overwritePartitions(warehouse, { table: sales, select: evolved(199, 200) });

const { scanTable } = await import('../../src/servers/lake/iceberg/index.ts');
const { sql } = await scanTable(warehouse, { table: sales });
const [found] = await engine.run(
  `SELECT count(*)::INT AS "count", sum(id)::INT AS id_sum, sum(net_price)::VARCHAR AS price_sum,
   count(vendor)::INT AS vendors, count(note)::INT AS notes FROM (${sql})`,
);
const [january] = await engine.run(
  `SELECT count(*)::INT AS n FROM (${sql}) WHERE sold_at >= TIMESTAMPTZ '2024-01-05 00:00:00+00'`,
);
writeFileSync(
  join(folder, 'expected.json'),
  JSON.stringify({
    ...found,
    since_fifth: january?.['n'],
    first_snapshot: first.snapshotId,
    ...(await makeEvolvedTables(warehouse)),
  }),
);
warehouse.close();
engine.close();
