import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWarehouse, tableName } from '../../../src/servers/lake/iceberg/index.ts';
import {
  approveRequest,
  listRequests,
  rejectRequest,
} from '../../../src/servers/lake/storage/decide-requests.ts';
import { openLedger } from '../../../src/servers/lake/storage/lake-ledger.ts';
import { restoreSnapshot } from '../../../src/servers/lake/storage/restore-snapshot.ts';
import { decideRequest } from '../../../src/servers/lake/storage/rollback-requests.ts';
import { engineOfTest } from './iceberg/support/duckdb-engine.ts';
import { openTestLake, type Row, temporaryFolder } from './support/open-test-lake.ts';

const table = 'product_raw.t';
const files = { 'f.csv': 'a\n1\nx\n', 'g.csv': 'a\n2\ny\n3\n', 'h.csv': 'a\n4\n' };
const load = (path: string, more: Row = {}) => ({
  path,
  table,
  vendor_name: 'v',
  options: { header: true },
  ...more,
});

async function lakeWithLoads(...paths: string[]) {
  const warehouse = join(temporaryFolder(), 'lake');
  const lake = await openTestLake(files, { warehouse });
  await lake.call('create_table', { table, columns: [{ name: 'a', type: 'INT' }] });
  for (const path of paths) await lake.call('ingest', load(path));
  const history = async (of = table) =>
    (await lake.call('table_history', { table: of }))['snapshots'] as Row[];
  const numbers = async () => (await lake.rows(`SELECT a FROM ${table} ORDER BY a`)).map((row) => row['a']);
  return { ...lake, warehouse, history, numbers };
}

test('each change says which run, call, tool, file and contract made it', async () => {
  const { client, history, rows, call } = await lakeWithLoads();
  const _meta = { 'io.aiworkflow/idempotency-key': 'run-7/load/0/call-1' };
  const contract = 'feed.v@1.2.0';
  await client.callTool({ name: 'ingest', arguments: load('f.csv', { contract }), _meta });
  const mapping = { target: 'mart.m', sql: `SELECT a FROM ${table}`, mapping: 'm@2.0.0' };
  await client.callTool({ name: 'run_mapping', arguments: mapping, _meta });
  const origin = { run: 'run-7', call: 'run-7/load/0/call-1' };
  expect(await history()).toMatchObject([
    {
      ...origin,
      tool: 'ingest',
      file: 'f.csv',
      contract,
      operation: 'append',
      added_rows: 1,
      in_table: true,
    },
  ]);
  expect(await history('product_raw.ingest_errors')).toMatchObject([{ ...origin, added_rows: 1 }]);
  expect(await history('mart.m')).toMatchObject([{ ...origin, tool: 'run_mapping', mapping: 'm@2.0.0' }]);
  const [reject] = await rows('SELECT * FROM product_raw.ingest_errors');
  expect(reject).toMatchObject({ contract, raw_row: 'x', line: 3 });
  for (const hidden of ['run_id', 'call_id', 'load_id', '_ingested_at'])
    expect(reject).not.toHaveProperty(hidden);
  expect(
    await rows(
      'SELECT call_id AS c, load_id = (SELECT _load_id FROM product_raw.t) AS same FROM product_raw.ingest_errors',
    ),
  ).toEqual([{ c: origin.call, same: true }]);
  await call('ingest', load('g.csv'));
  const [newest] = await history();
  expect(newest).not.toHaveProperty('run');
});

test('a table keeps its contract; another version of the same columns is noted, other columns are not taken', async () => {
  const { call, failure } = await lakeWithLoads();
  const columns = [{ name: 'a', type: 'INT' }];
  const contractOf = async () => (await call('describe_table', { table }))['contract'];
  expect(await contractOf()).toBeUndefined();
  for (const contract of ['feed.v@1.0.0', 'feed.v@1.0.1']) {
    expect(await call('create_table', { table, columns, contract })).toMatchObject({ created: false });
    expect(await contractOf()).toBe(contract);
  }
  const other = { table, columns: [{ name: 'b', type: 'INT' }], contract: 'feed.v@2.0.0' };
  expect(await failure('create_table', other)).toContain('another definition');
  expect(await contractOf()).toBe('feed.v@1.0.1');
  expect(await failure('create_table', { table, columns, contract: 'feed.v' })).toContain('<id>@<version>');
});

test('a statement sees the table as it was', async () => {
  const { history, rows, failure } = await lakeWithLoads('f.csv', 'g.csv');
  const [, first] = await history();
  const at = `${table} AT (VERSION => ${first?.['snapshot']})`;
  expect(await rows(`SELECT a FROM ${at}`)).toEqual([{ a: 1 }]);
  expect(await rows(`SELECT a FROM ${table} AT (TIMESTAMP => '${first?.['time']}')`)).toEqual([{ a: 1 }]);
  expect(await rows(`SELECT a FROM ${table} EXCEPT SELECT a FROM ${at} ORDER BY a`)).toEqual([
    { a: 2 },
    { a: 3 },
  ]);
  expect(await failure('preview_sql', { sql: `SELECT a FROM ${table} AT (VERSION => 12)` })).toContain(
    'no snapshot 12',
  );
});

test('a rollback is a wish until a person approves it; then the files behind it can be loaded again', async () => {
  const { warehouse, call, history, numbers, rows } = await lakeWithLoads('f.csv', 'g.csv');
  const [, first] = await history();
  const wish = { table, snapshot: first?.['snapshot'], reason: 'wrong prices' };
  const asked = await call('rollback_snapshot', wish);
  expect(asked).toMatchObject({
    request: 1,
    status: 'open',
    rows_before: 3,
    rows_after: 1,
    undone_changes: 1,
    files_to_load_again: ['g.csv'],
  });
  expect(await call('rollback_snapshot', wish)).toEqual(asked);
  expect(await numbers()).toEqual([1, 2, 3]);
  expect(await listRequests(warehouse, 'open')).toMatchObject([{ id: 1, table, reason: 'wrong prices' }]);
  expect(await approveRequest(warehouse, { request: 1, who: 'ada' })).toMatchObject({
    status: 'approved',
    decidedBy: 'ada',
  });
  expect(await numbers()).toEqual([1]);
  expect((await history())[0]).toMatchObject({ in_table: false, file: 'g.csv' });
  expect(await call('describe_table', { table })).toMatchObject({ sources: [{ file: 'f.csv' }] });
  await expect(approveRequest(warehouse, { request: 1, who: 'bob' })).rejects.toThrow('approved by ada');
  expect(await call('ingest', load('g.csv'))).toMatchObject({
    already_ingested: false,
    replaced_previous_load: false,
    rows_loaded: 2,
    rows_rejected: 1,
  });
  expect(await numbers()).toEqual([1, 2, 3]);
  expect(
    await rows("SELECT count(*) AS n FROM product_raw.ingest_errors WHERE source_file = 'g.csv'"),
  ).toEqual([{ n: 1 }]);
});

test('a request is not approved after it was rejected, nor when the table changed since', async () => {
  const { warehouse, call, history, numbers, failure } = await lakeWithLoads('f.csv', 'g.csv');
  const [current, first] = await history();
  const wish = { table, snapshot: first?.['snapshot'], reason: 'r' };
  await call('rollback_snapshot', wish);
  await rejectRequest(warehouse, { request: 1, who: 'ada' });
  await expect(approveRequest(warehouse, { request: 1, who: 'bob' })).rejects.toThrow('rejected by ada');
  expect(await call('rollback_snapshot', wish)).toMatchObject({ request: 2 });
  await call('ingest', load('h.csv'));
  await expect(approveRequest(warehouse, { request: 2, who: 'bob' })).rejects.toThrow('has changed since');
  await expect(approveRequest(warehouse, { request: 9, who: 'bob' })).rejects.toThrow('no request 9');
  expect(await numbers()).toEqual([1, 2, 3, 4]);
  expect(await failure('rollback_snapshot', { ...wish, snapshot: '12' })).toContain('was not built on');
  await call('rollback_snapshot', { ...wish, snapshot: current?.['snapshot'] });
});

test('a rejection that comes while a request is carried out is refused; what a dead process approved is carried out', async () => {
  const { warehouse, call, history, numbers } = await lakeWithLoads('f.csv', 'g.csv');
  const [, first] = await history();
  await call('rollback_snapshot', { table, snapshot: first?.['snapshot'], reason: 'r' });
  const [approved, rejected] = await Promise.allSettled([
    approveRequest(warehouse, { request: 1, who: 'ada' }),
    rejectRequest(warehouse, { request: 1, who: 'bob' }),
  ]);
  expect(approved).toMatchObject({ status: 'fulfilled', value: { status: 'approved', decidedBy: 'ada' } });
  expect(rejected).toMatchObject({
    status: 'rejected',
    reason: { problem: expect.stringContaining('by ada') },
  });
  expect(await numbers()).toEqual([1]);
  await call('ingest', load('h.csv'));
  await call('rollback_snapshot', { table, snapshot: first?.['snapshot'], reason: 'r' });
  const ledger = openLedger(warehouse);
  decideRequest(ledger, { id: 2, status: 'approved', who: 'ada' });
  ledger.close();
  await expect(rejectRequest(warehouse, { request: 2, who: 'bob' })).rejects.toThrow('approved by ada');
  expect(await approveRequest(warehouse, { request: 2, who: 'eve' })).toMatchObject({ decidedBy: 'ada' });
  expect(await numbers()).toEqual([1]);
  await expect(approveRequest(warehouse, { request: 2, who: 'eve' })).rejects.toThrow('approved by ada');
});

test('the table of rejects is not rolled back, by nobody: those of other loads would be lost', async () => {
  const { warehouse, call, history, rows, failure } = await lakeWithLoads('f.csv', 'g.csv');
  const errors = 'product_raw.ingest_errors';
  const [last, first] = await history(errors);
  const wish = { table: errors, snapshot: first?.['snapshot'], reason: 'r' };
  expect(await failure('rollback_snapshot', wish)).toContain('belongs to the lake and is not rolled back');
  // As an earlier version recorded it.
  await call('rollback_snapshot', { table, snapshot: (await history())[1]?.['snapshot'], reason: 'r' });
  const ledger = openLedger(warehouse);
  ledger.prepare('UPDATE lake_requests SET table_name = ?').run(errors);
  await expect(approveRequest(warehouse, { request: 1, who: 'ada' })).rejects.toThrow('not rolled back');
  await expect(
    restoreSnapshot(
      { warehouse: openWarehouse({ folder: warehouse, engine: await engineOfTest() }), ledger },
      {
        table: tableName(errors),
        snapshotId: String(first?.['snapshot']),
        from: String(last?.['snapshot']),
        who: 'ada',
        reason: null,
      },
    ),
  ).rejects.toThrow('not rolled back');
  ledger.close();
  expect(await rows(`SELECT count(*) AS n FROM ${errors}`)).toEqual([{ n: 2 }]);
});

test('force loads the same again, in the place of what was there', async () => {
  const { call, numbers, history, rows } = await lakeWithLoads('f.csv', 'g.csv');
  expect(await call('ingest', load('g.csv'))).toMatchObject({ already_ingested: true });
  expect(await call('ingest', load('g.csv', { force: true }))).toMatchObject({
    already_ingested: false,
    replaced_previous_load: true,
    rows_loaded: 2,
  });
  expect(await numbers()).toEqual([1, 2, 3]);
  expect(await rows('SELECT count(*) AS n FROM product_raw.ingest_errors')).toEqual([{ n: 2 }]);
  expect(
    (await history()).map((entry) => [entry['operation'], entry['added_rows'], entry['removed_rows']]),
  ).toEqual([
    ['overwrite', 2, 2],
    ['append', 2, 0],
    ['append', 1, 0],
  ]);
});

test('small files are put together, and the loads are still known', async () => {
  const { call, numbers, history } = await lakeWithLoads('f.csv', 'g.csv', 'h.csv');
  expect(await call('compact_table', { table })).toEqual({ table, files_before: 3, files_after: 1 });
  expect(await numbers()).toEqual([1, 2, 3, 4]);
  expect((await history())[0]).toMatchObject({ operation: 'replace', tool: 'compact_table' });
  expect(await call('ingest', load('h.csv'))).toMatchObject({ already_ingested: true });
  expect(await call('ingest', load('g.csv', { force: true }))).toMatchObject({ rows_loaded: 2 });
  expect(await numbers()).toEqual([1, 2, 3, 4]);
});
