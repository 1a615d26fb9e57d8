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

await checkBounds('made.bounds', 'PyIceberg', { hasUuid: true, nullRows: 1 });
await checkBounds('made.sailed', 'Sail', { hasUuid: false, nullRows: 2 });

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

/** Decimals, dates, times and moments at their bounds, nulls and nested types; then filters at those bounds, which must leave out no row. */
async function checkBounds(
  name: string,
  writer: string,
  { hasUuid, nullRows }: { hasUuid: boolean; nullRows: number },
): Promise<void> {
  const large = `${'9'.repeat(29)}.${'9'.repeat(9)}`;
  const uuids = hasUuid
    ? ['f79c3e09-677c-4bbd-a479-3f349cb785e7', '00000000-0000-0000-0000-000000000000']
    : [];
  const columns = {
    l: { sql: 'l::VARCHAR', values: ['9223372036854775807', '-9223372036854775808'] },
    small: { sql: 'small::VARCHAR', values: ['99999999.99', '-99999999.99'] },
    large: { sql: 'large::VARCHAR', values: [large, `-${large}`] },
    day: { sql: 'day::VARCHAR', values: ['9999-12-31', '0001-01-01'] },
    clock: { sql: 'clock::VARCHAR', values: ['23:59:59.999999', '00:00:00'] },
    ts: { sql: 'ts::VARCHAR', values: ['9999-12-31 23:59:59.999999', '0001-01-01 00:00:00'] },
    tz: { sql: 'epoch_us(tz)::VARCHAR', values: ['253402300799999999', '-62135596800000000'] },
    s: { sql: 's', values: ['a/b c=ü 😀', ''] },
    b: { sql: 'hex(b)', values: ['AA00', ''] },
    st: {
      sql: 'st::VARCHAR',
      values: ["{'a': 1, 'inner': [{'x': 1.500}, NULL]}", "{'a': NULL, 'inner': []}"],
    },
    ma: { sql: 'ma::VARCHAR', values: ['{k=[1, NULL], n=NULL}', '{}'] },
    ...(hasUuid && { u: { sql: 'u::VARCHAR', values: uuids } }),
  };
  const table = tableName(name);
  const { sql: all } = await scanTable(warehouse, { table });
  for (const [column, { sql, values }] of Object.entries(columns)) {
    const found = await engine.run(`SELECT ${sql} AS v FROM (${all}) ORDER BY id`);
    deepStrictEqual(
      found.map(({ v }) => v),
      [...values, ...Array.from({ length: nullRows }, () => null)],
      `${column} of ${writer}`,
    );
  }
  const filters = [
    ['l', '9223372036854775807'],
    ['small', '99999999.99'],
    ['small', '-99999999.99'],
    ['large', large],
    ['large', `-${large}`],
    ['day', '0001-01-01'],
    ['clock', '23:59:59.999999'],
    ['ts', '9999-12-31 23:59:59.999999'],
    ['ts', '0001-01-01 00:00:00'],
    ['tz', '9999-12-31 23:59:59.999999+00'],
    ['tz', '0001-01-01 00:00:00+00'],
    ['s', 'a/b c=ü 😀'],
  ] as const;
  for (const [column, value] of filters) {
    const one = await scanTable(warehouse, { table, where: { column, is: '=', value } });
    const [found] = await engine.run(`SELECT count(*)::INT AS n FROM (${one.sql})`);
    deepStrictEqual(found, { n: 1 }, `${column} = ${value} of ${writer}`);
  }
  process.stdout.write(
    `ok types of ${writer} at their bounds, nulls, nested types, and filters at the bounds\n`,
  );
}
