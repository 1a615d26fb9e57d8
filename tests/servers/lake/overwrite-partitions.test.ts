import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { grantsOf } from '../../../src/servers/lake/grants.ts';
import { SqliteCatalog, tableName } from '../../../src/servers/lake/iceberg/index.ts';
import { approveRequest } from '../../../src/servers/lake/storage/decide-requests.ts';
import { breakCommits } from './support/break-commits.ts';
import { openTestLake, type Row, temporaryFolder } from './support/open-test-lake.ts';

const rules = [
  {
    name: 'positive',
    metric: 'invalidValues',
    column: 'sku',
    arguments: { pattern: '[a-z][0-9]+' },
    on_failure: 'quarantine',
  },
];

async function lakeWith({ primary_key = [] as string[], partitioned_by = ['vendor', 'day(ts)'] } = {}) {
  const warehouse = join(temporaryFolder(), 'lake');
  const lake = await openTestLake({}, { warehouse });
  const columns = [
    { name: 'vendor', type: 'VARCHAR' },
    { name: 'sku', type: 'VARCHAR' },
    { name: 'ts', type: 'TIMESTAMP' },
    { name: 'n', type: 'INTEGER' },
  ];
  await lake.call('create_table', { table: 'core.t', columns, primary_key, partitioned_by });
  const write = (sql: string, more: Row = {}) =>
    lake.call('run_mapping', { target: 'core.t', sql, mode: 'overwrite_partitions', ...more });
  const rows = async () =>
    (await lake.rows('SELECT vendor, sku, n FROM core.t ORDER BY ALL')).map((row) =>
      Object.values(row).join(' '),
    );
  const aside = async () =>
    (await lake.rows(`SELECT raw_row->>'sku' AS sku FROM product_raw.ingest_errors ORDER BY 1`)).map(
      ({ sku }) => sku,
    );
  return { ...lake, warehouse, write, rows, aside };
}

/** `a x1 1 05`: vendor, sku, n, day. */
function values(...rows: string[]): string {
  const tuples = rows.map((row) => {
    const [vendor, sku, n, day = '05'] = row.split(' ');
    return `('${vendor}', '${sku}', TIMESTAMP '2026-01-${day} 12:00:00', ${n})`;
  });
  return `SELECT * FROM (VALUES ${tuples.join(', ')}) AS v(vendor, sku, ts, n)`;
}

function lastSummary(warehouse: string): Row {
  const catalog = new SqliteCatalog({
    file: join(warehouse, 'catalog.sqlite'),
    name: 'lake',
    readOnly: true,
  });
  const path = fileURLToPath(catalog.findLocation(tableName('core.t')) ?? '');
  catalog.close();
  return JSON.parse(readFileSync(path, 'utf8')).snapshots.at(-1).summary;
}

test('partitions that the rows are in are replaced, the others stay, and the answer says which', async () => {
  const { call, write, rows } = await lakeWith();
  await call('run_mapping', { target: 'core.t', sql: values('a x1 1', 'a x2 1', 'b x3 1', 'a x4 1 06') });
  const answer = await write(values('a x9 2', 'c x8 2'));
  expect(answer).toMatchObject({
    mode: 'overwrite_partitions',
    rows_written: 2,
    rows_replaced: 2,
    row_count: 4,
    partitions: ['vendor=a, day(ts)=2026-01-05', 'vendor=c, day(ts)=2026-01-05'],
    partition_count: 2,
  });
  expect(await rows()).toEqual(['a x4 1', 'a x9 2', 'b x3 1', 'c x8 2']);
});

test('the same call again leaves the same rows; no rows replace nothing', async () => {
  const { write, rows } = await lakeWith();
  const sql = values('a x1 1', 'b x2 1');
  await write(sql);
  expect(await write(sql)).toMatchObject({ rows_written: 2, rows_replaced: 2, row_count: 2 });
  expect(await write(`${sql} WHERE false`)).toMatchObject({ rows_written: 0, partitions: [], row_count: 2 });
  expect(await rows()).toEqual(['a x1 1', 'b x2 1']);
});

test('rows without a value have a partition of their own, and so have those of a column that the SQL leaves out', async () => {
  const { write, rows } = await lakeWith({ partitioned_by: ['vendor'] });
  await write(values('a x1 1'));
  const partitions = ['vendor=null'];
  expect(await write(`SELECT NULL AS vendor, 'x2' AS sku, 1 AS n`)).toMatchObject({
    partitions,
    rows_replaced: 0,
  });
  expect(await write(`SELECT 'x3' AS sku, 2 AS n`)).toMatchObject({ partitions, rows_replaced: 1 });
  expect(await rows()).toEqual(['a x1 1', ' x3 2']);
});

test.each([
  [['month(ts)'], 'month(ts)=2026-01', 3],
  [['year(ts)'], 'year(ts)=2026', 3],
  [['hour(ts)'], 'hour(ts)=2026-01-05 12:00', 2],
  [['bucket(1, sku)'], 'bucket(1, sku)=0', 3],
  [['truncate(1, sku)'], 'truncate(1, sku)=x', 3],
  [['n'], 'n=1', 3],
])('partitioned by %j: %s', async (partitioned_by, partition, rows_replaced) => {
  const { write } = await lakeWith({ partitioned_by });
  await write(values('a x1 1', 'b x2 1', 'b x3 1 06'));
  expect(await write(values('a x4 1'))).toMatchObject({ partitions: [partition], rows_replaced });
});

test('a key may come again in the partition that goes, not in one that stays', async () => {
  const { write, failure, rows } = await lakeWith({ primary_key: ['sku'], partitioned_by: ['vendor'] });
  await write(values('a x1 1', 'b x2 1'));
  await write(values('a x1 2'));
  const told = await failure('run_mapping', {
    target: 'core.t',
    sql: values('a x2 3'),
    mode: 'overwrite_partitions',
  });
  expect(told).toContain('is already in a partition of the table that stays');
  expect(await rows()).toEqual(['a x1 2', 'b x2 1']);
});

test('a table without partitions, and one that is not there, are refused', async () => {
  const { call, failure } = await openTestLake();
  const sql = 'SELECT 1 AS k';
  const mapping = { target: 'core.plain', sql, mode: 'overwrite_partitions' };
  expect(await failure('run_mapping', mapping)).toContain('There is no table core.plain');
  await call('run_mapping', { target: 'core.plain', sql });
  const told = await failure('run_mapping', mapping);
  expect(told).toContain('core.plain is not partitioned');
  expect(told).toContain('partitioned_by');
});

test('the snapshot says which call it was, and that partitions were replaced', async () => {
  const { client, warehouse, call } = await lakeWith();
  const key = 'run-1/step/1/1';
  await client.callTool({
    name: 'run_mapping',
    arguments: { target: 'core.t', sql: values('a x1 1'), mode: 'overwrite_partitions' },
    _meta: { 'io.aiworkflow/idempotency-key': key },
  });
  const { snapshots } = (await call('table_history', { table: 'core.t' })) as unknown as { snapshots: Row[] };
  expect(snapshots[0]).toMatchObject({
    call: key,
    run: 'run-1',
    tool: 'run_mapping',
    operation: 'overwrite',
  });
  expect(lastSummary(warehouse)).toMatchObject({ 'replace-partitions': 'true' });
});

test('what was set aside for the partitions is replaced with them; what was for others stays', async () => {
  const { call, write, aside, warehouse } = await lakeWith({ partitioned_by: ['vendor'] });
  await write(values('a x1 1', 'a BAD-A1 1'), { rules });
  await write(values('b x2 1', 'b BAD-B1 1'), { rules });
  // No row of a is left to be written: its rows stay, what was set aside for it is of this call.
  await write(values('a BAD-A2 1'), { rules });
  expect(await aside()).toEqual(['BAD-A2', 'BAD-B1']);
  await write(values('a x1 1', 'a BAD-A2 1'), { rules });
  expect(await aside()).toEqual(['BAD-A2', 'BAD-B1']);
  await write(values('a x1 1', 'b x1 2'));
  expect(await aside()).toEqual([]);
  const { snapshots } = (await call('table_history', { table: 'core.t' })) as unknown as { snapshots: Row[] };
  await call('rollback_snapshot', { table: 'core.t', snapshot: snapshots[1]?.['snapshot'], reason: 'r' });
  await approveRequest(warehouse, { request: 1, who: 'ada' });
  expect(await aside()).toEqual(['BAD-A2', 'BAD-B1']);
  await call('run_mapping', { target: 'core.t', sql: values('a x1 1'), rules });
  expect(await aside()).toEqual([]);
});

test.each([
  ['the target', 't', ['a x1 1', 'b x2 1'], ['BAD1']],
  ['the table of rejects', 'ingest_errors', ['a x3 2', 'b x2 1'], ['BAD2']],
])('a commit to %s that fails: both tables are of one mapping as soon as it can be', async (...of) => {
  const [, broken, expected, rejects] = of;
  const { write, failure, rows, aside, warehouse } = await lakeWith({ partitioned_by: ['vendor'] });
  await write(values('a x1 1', 'b x2 1', 'a BAD1 1'), { rules });
  await write(values('b x2 1'), { rules });
  const { mend } = breakCommits(warehouse, broken);
  const mapping = {
    target: 'core.t',
    sql: values('a x3 2', 'a BAD2 1'),
    mode: 'overwrite_partitions',
    rules,
  };
  await failure('run_mapping', mapping);
  expect(await rows()).toEqual(expected);
  mend();
  expect(await aside()).toEqual(rejects);
});

test('a table that may not be written is refused in this mode too', async () => {
  const grants = { read: ['core.*'], write: ['other.*'] };
  expect(grantsOf(grants).mayWrite('core.t')).toBe(false);
  const { failure } = await openTestLake({}, { grants });
  const mapping = { target: 'core.t', sql: 'SELECT 1 AS k', mode: 'overwrite_partitions' };
  expect(await failure('run_mapping', mapping)).toMatch(/not granted|may not be written|grant/);
});
