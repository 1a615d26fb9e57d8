import {
  appendRows,
  changeSchema,
  createTable,
  overwritePartitions,
  overwriteTable,
  scanTable,
  tableName,
  type Warehouse,
} from '../../src/servers/lake/iceberg/index.ts';

/** What other engines must find in `demo.evolved` and `demo.replaced`. */
export async function makeEvolvedTables(warehouse: Warehouse): Promise<Record<string, unknown>> {
  return { evolved: await makeEvolved(warehouse), replaced: await makeReplaced(warehouse) };
}

/** Partitioned by hour and year; then a column is dropped, one goes to the front, one may be empty. */
async function makeEvolved(warehouse: Warehouse) {
  const table = tableName('demo.evolved');
  await createTable(warehouse, {
    table,
    columns: [
      { name: 'id', type: 'int', required: true },
      { name: 'code', type: 'string', required: true },
      { name: 'gone', type: 'string' },
      { name: 'seen', type: 'timestamptz' },
      { name: 'made', type: 'timestamp' },
      { name: 'price', type: 'decimal(18,6)' },
    ],
    partitionedBy: [
      { column: 'seen', transform: 'hour' },
      { column: 'made', transform: 'year' },
    ],
  });
  // The hours and the years begin before 1970: their numbers are negative there.
  const rows = (from: number, to: number, code: string, rest: string) =>
    `SELECT i::INTEGER AS id, ${code} AS code, ${rest}
     CASE WHEN i % 9 = 0 THEN NULL ELSE TIMESTAMPTZ '1969-12-31 20:30:00+00' + INTERVAL (i * 20) MINUTE END AS seen,
     TIMESTAMP '1968-06-01 12:00:00' + INTERVAL (i % 4) YEAR AS made, (i * 1.000001)::DECIMAL(18,6) AS price
     FROM range(${from}, ${to}) AS r(i)`;
  const before = await appendRows(warehouse, {
    table,
    select: rows(0, 24, "'c' || i", "'old' || i AS gone,"),
  });
  await changeSchema(warehouse, {
    table,
    changes: [
      { change: 'drop', column: 'gone' },
      { change: 'move', column: 'price', after: null },
      { change: 'make-optional', column: 'code' },
    ],
  });
  await appendRows(warehouse, { table, select: rows(24, 36, 'NULL', '') });
  return {
    ...(await totalsOf(warehouse, 'demo.evolved', 'seen')),
    before: before.snapshotId,
    // 20:30, 20:50 (and no row 0, which has no hour) and so on: the filter's bounds lie inside of hours.
    in_hours: await countOf(
      warehouse,
      "seen >= TIMESTAMPTZ '1969-12-31 23:15:00+00' AND seen < TIMESTAMPTZ '1970-01-01 01:15:00+00'",
    ),
    in_years: await countOf(warehouse, "made < TIMESTAMP '1970-01-01 00:00:00'"),
  };
}

/** All of it overwritten, then one partition. */
async function makeReplaced(warehouse: Warehouse) {
  const table = tableName('demo.replaced');
  await createTable(warehouse, {
    table,
    columns: [
      { name: 'id', type: 'int' },
      { name: 'vendor', type: 'string' },
      { name: 'price', type: 'decimal(9,2)' },
    ],
    partitionedBy: [{ column: 'vendor', transform: 'identity' }],
  });
  const rows = (from: number, to: number, vendor: string) =>
    `SELECT i::INTEGER AS id, ${vendor} AS vendor, (i / 4)::DECIMAL(9,2) AS price FROM range(${from}, ${to}) AS r(i)`;
  const first = await appendRows(warehouse, { table, select: rows(0, 60, "'v' || (i % 3)") });
  await overwriteTable(warehouse, { table, select: rows(100, 120, "'v' || (i % 2)") });
  await overwritePartitions(warehouse, { table, select: rows(500, 503, "'v1'") });
  return { ...(await totalsOf(warehouse, 'demo.replaced', 'vendor')), before: first.snapshotId };
}

async function totalsOf(warehouse: Warehouse, name: string, counted: string) {
  const { sql } = await scanTable(warehouse, { table: tableName(name) });
  const [found] = await warehouse.engine.run(
    `SELECT count(*)::INT AS "count", sum(id)::INT AS id_sum, sum(price)::VARCHAR AS price_sum, count(${counted})::INT AS counted FROM (${sql})`,
  );
  return found;
}

/** By DuckDB over all rows: no pruning of ours is part of what is expected. */
async function countOf(warehouse: Warehouse, where: string): Promise<unknown> {
  const { sql } = await scanTable(warehouse, { table: tableName('demo.evolved') });
  const [found] = await warehouse.engine.run(`SELECT count(*)::INT AS n FROM (${sql}) WHERE ${where}`);
  return found?.['n'];
}
