import { deepStrictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appendRows, openWarehouse, scanTable, tableName } from '../../src/servers/lake/iceberg/index.ts';
import { openEngine } from '../servers/lake/iceberg/support/duckdb-engine-of-process.ts';

// Our reader on tables that PyIceberg made (write_tables.py), and our writer on one of them.
const [folder = ''] = process.argv.slice(2);
const expected = JSON.parse(readFileSync(join(folder, 'made.json'), 'utf8')) as {
  rows: Record<string, unknown>[];
  first_snapshot: string;
};
const engine = await openEngine();
const warehouse = openWarehouse({ folder, engine });
const table = tableName('made.products');
const asText = `SELECT note, id, vendor, strftime(seen, '%Y-%m-%dT%H:%M:%S+00:00') AS seen, net_price::VARCHAR AS net_price,
  size, tags, hex(code) AS code, ratio FROM`;

const { sql } = await scanTable(warehouse, { table });
const rows = (await engine.run(`${asText} (${sql}) ORDER BY id`)).map((row) => ({
  ...row,
  id: Number(row['id']),
  ratio: Number(row['ratio']),
}));
const wanted = expected.rows
  .map((row) => ({ ...row, ratio: row['ratio'] === 'nan' ? Number.NaN : Number(row['ratio']) }))
  .sort((left, right) => Number((left as { id?: number }).id) - Number((right as { id?: number }).id));
deepStrictEqual(rows, wanted);
process.stdout.write(`ok ${rows.length} rows of another writer, with renamed, added and moved columns\n`);

const where = {
  and: [
    { column: 'seen', is: '>=', value: '2024-03-03 00:00:00+00' },
    { column: 'id', is: '=', value: 42 },
  ],
} as const;
const filtered = await scanTable(warehouse, { table, where });
deepStrictEqual(
  (await engine.run(filtered.sql)).map((row) => row['id']),
  ['42'],
);
if (filtered.plan.counts.filesSkipped === 0) throw new Error('no file was left out');
process.stdout.write(
  `ok a filter reads ${filtered.plan.files.length} file and skips ${filtered.plan.counts.filesSkipped}\n`,
);

const past = await scanTable(warehouse, { table, at: { snapshotId: expected.first_snapshot } });
deepStrictEqual((await engine.run(`SELECT count(price)::INT AS n FROM (${past.sql})`))[0], { n: 50 });
process.stdout.write('ok time travel by a snapshot id of 63 bits\n');

const old = await scanTable(warehouse, { table: tableName('made.old') });
deepStrictEqual((await engine.run(`SELECT sum(id)::INT AS n FROM (${old.sql})`))[0], { n: 6 });
process.stdout.write('ok a table of version 1\n');

const plain = tableName('made.plain');
await appendRows(warehouse, {
  table: plain,
  select: "SELECT 2 AS id, {'w': 2} AS size, 'b' AS code UNION ALL SELECT 3, NULL, NULL",
});
process.stdout.write('ok rows of ours in a table of PyIceberg\n');

// DuckDB writes no bytes of a fixed length: such a table is read and not written.
const refused = await appendRows(warehouse, { table, select: 'SELECT 1 AS id' }).catch(
  (error: unknown) => error,
);
deepStrictEqual((refused as { code?: string }).code, 'UNSUPPORTED');
warehouse.close();
engine.close();
