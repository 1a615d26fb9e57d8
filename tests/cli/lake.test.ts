import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  appendRows,
  createTable,
  listOrphans,
  loadTable,
  openWarehouse,
  planFiles,
  prepareRows,
  tableName,
  type Warehouse,
} from '../../src/servers/lake/iceberg/index.ts';
import { openLedger, thisProcess } from '../../src/servers/lake/storage/lake-ledger.ts';
import { askForRollback } from '../../src/servers/lake/storage/rollback-requests.ts';
import { type CliResult, runCli } from './support/run-cli.ts';

const prices = tableName('bronze.prices');
let instance: DuckDBInstance;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
});
afterAll(() => instance.closeSync());

interface TestLake extends Warehouse {
  readonly project: string;
  /** Ids of the three snapshots of bronze.prices, oldest first: 1, 3 and 6 rows. */
  readonly snapshots: readonly string[];
  cli(...args: string[]): Promise<CliResult>;
}

/** A project whose lake is where aiworkflow.yaml says, with a table of three loads and an empty one. */
async function lakeOfTest(): Promise<TestLake> {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'cli lake-')));
  onTestFinished(() => rmSync(project, { recursive: true, force: true }));
  writeFileSync(
    join(project, 'aiworkflow.yaml'),
    'tools:\n  lake:\n    server: lake\n    args: [--root, ., --warehouse, tables]\n',
  );
  const warehouse = await open(join(project, 'tables'));
  await createTable(warehouse, { table: prices, columns: [{ name: 'n', type: 'int' }] });
  await createTable(warehouse, { table: tableName('bronze.empty'), columns: [{ name: 'n', type: 'int' }] });
  const snapshots: string[] = [];
  for (const count of [1, 2, 3]) {
    const { snapshotId } = await appendRows(warehouse, {
      table: prices,
      select: `SELECT i::INT AS n FROM range(${count}) AS r(i)`,
      summary: {
        'aiworkflow.tool': 'ingest',
        'aiworkflow.call': `run7/load/t${count}`,
        'aiworkflow.file': `f${count}.csv`,
      },
    });
    snapshots.push(snapshotId);
  }
  const cli = (...args: string[]) => runCli(['lake', ...args], { cwd: project });
  return { ...warehouse, project, snapshots, cli };
}

async function open(folder: string): Promise<Warehouse> {
  const connection = await instance.connect();
  const engine = {
    run: async (sql: string) =>
      (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, never>[],
  };
  const warehouse = openWarehouse({ folder, engine });
  onTestFinished(() => warehouse.close());
  return warehouse;
}

async function countRows(warehouse: Warehouse): Promise<number> {
  const { files } = await planFiles(warehouse, { table: prices });
  return files.reduce((sum, { file }) => sum + file.recordCount, 0);
}

test('tables and history show what is there and who made it', async () => {
  const lake = await lakeOfTest();
  const tables = await lake.cli('tables');
  expect(tables.code, tables.stderr).toBe(0);
  expect(tables.stdout).toMatch(/^bronze\.prices +6 +3 +\S+ k?B +3 +.* ingest$/m);
  expect(tables.stdout).toMatch(/^bronze\.empty +0 +0 /m);
  const [first = ''] = (await lake.cli('tables', '--json')).stdout.split('\n');
  expect(JSON.parse(first)).toMatchObject({ table: 'bronze.empty', rows: 0, snapshots: 0 });
  const history = (await lake.cli('history', 'bronze.prices', '--limit', '2')).stdout.split('\n');
  expect(history[1]).toMatch(
    new RegExp(`^\\* +${lake.snapshots[2]} .* append +3 +0 +6 +ingest run7/load/t3 f3.csv$`),
  );
  expect(history[2]).toContain(lake.snapshots[1]);
  expect(history).toHaveLength(4);
  expect((await lake.cli('history', 'Bronze.PRICES', '--limit', '1')).stdout).toContain(lake.snapshots[2]);
  expect((await lake.cli('history', 'prices')).stderr).toContain('Try: did you mean bronze.prices?');
  const unknown = await lake.cli('history', 'bronze.price');
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringMatching(/did you mean [^?]+\? its tables: bronze\.empty, bronze\.prices/),
  ]);
});

test('history says which program wrote from outside', async () => {
  const lake = await lakeOfTest();
  const append = (summary: Record<string, string>) =>
    appendRows(lake, { table: prices, select: 'SELECT 7 AS n', summary });
  await append({ 'aiworkflow.outside': 'PyIceberg/0.12.0' });
  await append({});
  const history = (await lake.cli('history', 'bronze.prices')).stdout.split('\n');
  expect(history[1]).toMatch(/written from outside by another program$/);
  expect(history[2]).toMatch(/written from outside by PyIceberg\/0\.12\.0$/);
  expect(history[3]).not.toContain('outside');
  const [newest = ''] = (await lake.cli('history', 'bronze.prices', '--json')).stdout.split('\n');
  expect(JSON.parse(newest)).toMatchObject({ writtenFromOutsideBy: 'another program' });
});

test('the lake is named, or that of the project, or there is none', async () => {
  const lake = await lakeOfTest();
  const elsewhere = mkdtempSync(join(tmpdir(), 'no-lake-'));
  onTestFinished(() => rmSync(elsewhere, { recursive: true }));
  const named = await runCli(['lake', 'tables', '--warehouse', lake.folder], { cwd: elsewhere });
  expect(named.stdout).toContain('bronze.prices');
  const none = await runCli(['lake', 'tables'], { cwd: elsewhere });
  expect(none.code).toBe(2);
  expect(none.stderr).toContain('.aiworkflow/lake: there is no such folder. [LAKE_UNKNOWN]');
  expect(existsSync(join(elsewhere, '.aiworkflow'))).toBe(false);
  const file = join(lake.project, 'aiworkflow.yaml');
  const noFolder = await runCli(['lake', 'tables', '--warehouse', file], { cwd: elsewhere });
  expect([noFolder.code, noFolder.stderr]).toEqual([
    2,
    expect.stringContaining('it is a file, and no folder'),
  ]);
});

test('a person rolls a table back, sees what it undid, and takes it back', async () => {
  const lake = await lakeOfTest();
  const [first = '', , third = ''] = lake.snapshots;
  const dry = await lake.cli('rollback', 'bronze.prices', '--to', first, '--dry-run');
  expect(dry.stdout).toContain('6 rows become 1 row; 2 changes undone');
  expect(dry.stdout).toContain('run7/load/t2 f2.csv');
  expect(await countRows(lake)).toBe(6);
  const done = await lake.cli(
    'rollback',
    'bronze.prices',
    '--to',
    first,
    '--by',
    'ada',
    '--why',
    'wrong file',
  );
  expect(done.stdout).toContain(`bronze.prices is at snapshot ${first} (ada)`);
  expect(done.stderr).toContain(`Undo: aiworkflow lake rollback bronze.prices --to ${third}`);
  expect(await countRows(lake)).toBe(1);
  expect((await lake.cli('history', 'bronze.prices')).stdout).toContain('(rolled back by ada) ingest');
  const undone = await lake.cli('rollback', 'bronze.prices', '--to', third, '--by', 'bob', '--json');
  expect(JSON.parse(undone.stdout)).toMatchObject({ by: 'bob', rows_before: 1, rows_after: 6 });
  expect(await countRows(lake)).toBe(6);
  const requests = (await lake.cli('requests', '--status', 'all', '--json')).stdout.trim().split('\n');
  expect(requests.map((line) => JSON.parse(line))).toMatchObject([
    { status: 'approved', decidedBy: 'ada', reason: 'wrong file' },
    { status: 'approved', decidedBy: 'bob' },
  ]);
  const again = await lake.cli('rollback', 'bronze.prices', '--to', third);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('already')]);
  const unknown = await lake.cli('rollback', 'bronze.prices', '--to', '42');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('no snapshot 42')]);
});

test('what a model asked for is shown, and done or refused in the name of a person', async () => {
  const lake = await lakeOfTest();
  const ask = async (snapshot = '') => {
    const ledger = openLedger(lake.folder);
    const { metadata } = await loadTable(lake, prices);
    const origin = { run: 'run8', call: 'run8/fix/t1' };
    const { id } = askForRollback(ledger, {
      table: 'bronze.prices',
      metadata,
      snapshot,
      reason: 'twice',
      origin,
    });
    ledger.close();
    return String(id);
  };
  expect((await lake.cli('requests')).stdout).toBe('No requests.\n');
  const refused = await ask(lake.snapshots[0]);
  const wanted = await ask(lake.snapshots[1]);
  const shown = (await lake.cli('requests')).stdout;
  expect(shown).toContain(`1  open  roll bronze.prices back to snapshot ${lake.snapshots[0]}`);
  expect(shown).toContain('by call run8/fix/t1: twice');
  expect(shown).toContain('aiworkflow lake approve 2   or   aiworkflow lake reject 2');
  const rejected = await lake.cli('reject', refused, '--by', 'ada');
  expect(rejected.stdout).toBe('Request 1 rejected by ada: bronze.prices stays as it is.\n');
  expect(await countRows(lake)).toBe(6);
  const approved = await lake.cli('approve', wanted, '--by', 'ada');
  expect(approved.stdout).toContain(`bronze.prices is at snapshot ${lake.snapshots[1]} again`);
  expect(await countRows(lake)).toBe(3);
  expect((await lake.cli('requests')).stdout).toBe(
    'No open requests. The 2 others: aiworkflow lake requests --status all\n',
  );
  const twice = await lake.cli('approve', wanted);
  expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining('was approved by ada')]);
  expect((await lake.cli('approve', '99')).stderr).toContain('There is no request 99.');
  expect((await lake.cli('approve', 'x')).code).toBe(2);
});

test('small files are put together, and old snapshots expire, with a look beforehand', async () => {
  const lake = await lakeOfTest();
  const compacted = await lake.cli('compact', 'bronze.prices', '--by', 'ada');
  expect(compacted.stdout).toBe('3 files of bronze.prices became 1.\n');
  expect((await lake.cli('compact', 'bronze.prices')).stdout).toBe('Nothing to compact in bronze.prices.\n');
  const { metadata } = await loadTable(lake, prices);
  expect(metadata.snapshots.at(-1)?.summary).toMatchObject({
    'aiworkflow.tool': 'compact',
    'aiworkflow.by': 'ada',
  });
  // What was current a moment ago may be read still.
  const young = await lake.cli('expire', 'bronze.prices', '--older-than', '0d');
  expect(young.stdout).toBe(
    'Nothing to expire: 4 snapshots of bronze.prices. Whatever the age, the newest stays, and what was current within the last hour: somebody may be reading it.\n',
  );
  expect((await lake.cli('expire', 'bronze.prices')).code).toBe(2);
  expect(await countRows(lake)).toBe(6);
});

test('snapshots of last year expire', async () => {
  const lake = await lakeOfTest();
  const past = { ...lake, now: () => Date.now() - 400 * 86_400_000 };
  const table = tableName('bronze.old');
  await createTable(past, { table, columns: [{ name: 'n', type: 'int' }] });
  for (const n of [1, 2, 3]) await appendRows(past, { table, select: `SELECT ${n} AS n` });
  const dry = await lake.cli('expire', 'bronze.old', '--older-than', '365d', '--dry-run');
  expect(dry.stdout).toBe('2 snapshots of bronze.old would go, 1 stay.\n');
  const done = await lake.cli('expire', 'bronze.old', '--older-than', '365d', '--json');
  expect(JSON.parse(done.stdout)).toMatchObject({
    snapshots: [expect.any(String), expect.any(String)],
    kept: 1,
  });
  expect((await loadTable(lake, table)).metadata.snapshots).toHaveLength(1);
});

test('files of writers that died are listed and removed; those of unfinished loads are kept', async () => {
  const lake = await lakeOfTest();
  const dead = await prepareRows(lake, { table: prices, select: 'SELECT 7::INT AS n' });
  const alive = await prepareRows(lake, { table: prices, select: 'SELECT 8::INT AS n' });
  const [deadPath = '', alivePath = ''] = [dead, alive].map(({ files }) =>
    files[0]?.location.slice('file://'.length),
  );
  const spilled = join(lake.folder, '.scratch', '77-1', 'spill.tmp');
  const unknown = join(lake.folder, 'notes.txt');
  mkdirSync(join(spilled, '..'), { recursive: true });
  for (const path of [spilled, unknown]) writeFileSync(path, 'x');
  for (const path of [deadPath, alivePath, spilled, unknown]) utimesSync(path, 1_000_000, 1_000_000);
  const ledger = openLedger(lake.folder);
  const work = JSON.stringify({ target: alive, errors: { ...alive, rowCount: 0, files: [] } });
  ledger
    .prepare(
      `INSERT INTO lake_loads (id, status, table_name, table_uuid, sha256, vendor_name, options_key, file, rows_read, rows_loaded,
         rows_rejected, work, owner, ingested_at_ms) VALUES ('l1', 'intended', 'bronze.prices', ?, 's', 'v', 'o', 'f', 1, 1, 0, ?, ?, ?)`,
    )
    .run(alive.tableUuid, work, thisProcess(), Date.now());
  ledger.close();
  expect((await lake.cli('orphans', '--older-than', '2w', 'bronze.empty')).stdout).toBe('No orphans.\n');
  const listed = (await lake.cli('orphans', '--json')).stdout.trim().split('\n');
  expect(listed.map((line) => JSON.parse(line))).toMatchObject([
    { table: 'bronze.prices', path: deadPath, removed: false },
    { table: null, path: spilled, removed: false },
  ]);
  const expired = await lake.cli('expire', 'bronze.prices', '--older-than', '1d');
  expect([expired.code, expired.stderr]).toEqual([
    1,
    expect.stringContaining('A load into bronze.prices is under way'),
  ]);
  const doctor = await runCli(['doctor'], { cwd: lake.project });
  expect(doctor.stdout).toMatch(/warn +lake +1 file \(1 B\) in no table's folder, \S+ ?\S*notes.txt/);
  expect(doctor.stdout).toMatch(/warn +lake +2 files \(\d+ B\) that no table names/);
  expect(doctor.stdout).toContain('1 load under way');
  expect((await lake.cli('orphans', '--remove')).stdout).toContain('2 files, ');
  expect([deadPath, alivePath, spilled, unknown].map((path) => existsSync(path))).toEqual([
    false,
    true,
    false,
    true,
  ]);
  expect(await countRows(lake)).toBe(6);
  expect(await listOrphans(lake, { table: prices, olderThanMs: Date.now(), expected: [alive] })).toEqual([]);
});

test('a load that nobody can finish is listed, doctor names it, and a person gives it up with a reason', async () => {
  const lake = await lakeOfTest();
  const lost = await prepareRows(lake, { table: prices, select: 'SELECT 7::INT AS n' });
  rmSync(lost.files[0]?.location.slice('file://'.length) ?? '');
  const ledger = openLedger(lake.folder);
  const work = JSON.stringify({ target: lost, errors: { ...lost, rowCount: 0, files: [] } });
  ledger
    .prepare(
      `INSERT INTO lake_loads (id, status, table_name, table_uuid, sha256, vendor_name, options_key, file, rows_read, rows_loaded,
         rows_rejected, work, owner, ingested_at_ms) VALUES ('l1', 'intended', 'bronze.prices', ?, 's', 'v', 'o', 'f.csv', 1, 1, 0, ?, 'x/1/1', 0)`,
    )
    .run(lost.tableUuid, work);
  const shown = (await lake.cli('loads')).stdout;
  expect(shown).toMatch(/^l1 {2}stuck {2}f\.csv into bronze\.prices$/m);
  expect(shown).toMatch(/its data file \S+\.parquet is gone/);
  expect(shown).toContain('aiworkflow lake abandon l1 --why');
  expect(JSON.parse((await lake.cli('loads', '--json')).stdout)).toMatchObject({ id: 'l1', state: 'stuck' });
  const doctor = await runCli(['doctor'], { cwd: lake.project });
  expect(doctor.stdout).toMatch(/fail +lake +the load l1 of f\.csv into bronze\.prices cannot be finished/);
  expect(doctor.code).toBe(1);
  const because = ['--why', 'disk replaced', '--by', 'ada'];
  expect((await lake.cli('abandon', 'l1')).code).toBe(2);
  expect((await lake.cli('abandon', 'l1', '--why', ' ')).code).toBe(2);
  expect((await lake.cli('abandon', 'l2', ...because)).stderr).toContain('aiworkflow lake loads shows them.');
  expect((await lake.cli('abandon', 'l1', ...because)).stdout).toBe(
    'Load l1: given up by ada; nothing of it is in bronze.prices, and f.csv can be loaded again.\n',
  );
  expect(ledger.prepare('SELECT given_up_by, reason FROM lake_given_up').all()).toEqual([
    { given_up_by: 'ada', reason: 'disk replaced' },
  ]);
  ledger.close();
  expect((await lake.cli('loads')).stdout).toBe('No unfinished loads.\n');
});

test('a lake that was moved says so in every command, and which command mends it', async () => {
  const lake = await lakeOfTest();
  const project = join(realpathSync(mkdtempSync(join(tmpdir(), 'moved-'))), 'there');
  onTestFinished(() => rmSync(join(project, '..'), { recursive: true }));
  mkdirSync(project);
  cpSync(lake.project, project, { recursive: true });
  const cli = (...args: string[]) => runCli(['lake', ...args], { cwd: project });
  for (const args of [
    ['tables'],
    ['history', 'bronze.prices'],
    ['compact', 'bronze.prices'],
    ['expire', 'bronze.prices', '--older-than', '1d'],
    ['orphans'],
    ['rollback', 'bronze.prices', '--to', lake.snapshots[0] ?? ''],
  ]) {
    const { code, stderr } = await cli(...args);
    expect([args[0], code, stderr]).toEqual([args[0], 2, expect.stringContaining('[LAKE_MOVED]')]);
    expect(stderr).toContain(`Try: aiworkflow lake relocate --warehouse ${join(project, 'tables')}`);
  }
  const doctor = await runCli(['doctor'], { cwd: project });
  expect(doctor.stdout).toMatch(/fail +lake .*was moved or copied/);
  expect(doctor.stdout).toContain('Try: aiworkflow lake relocate --warehouse');
  const served = await runCli(['server', 'lake', '--root', '.', '--warehouse', 'tables'], { cwd: project });
  expect(served.stderr).toContain('aiworkflow lake relocate');
  const relocated = await cli('relocate');
  expect(relocated.stdout).toContain('2 tables relocated');
  expect((await cli('relocate')).stdout).toContain('Nothing to do');
  expect((await cli('tables')).stdout).toMatch(/^bronze\.prices +6 /m);
  expect(await countRows(await open(join(project, 'tables')))).toBe(6);
  expect(await countRows(lake)).toBe(6);
});

test('a damaged table does not hide the others', async () => {
  const lake = await lakeOfTest();
  const [planned] = (await planFiles(lake, { table: prices })).files;
  truncateSync((planned?.file.location ?? '').slice('file://'.length), 4);
  const doctor = await runCli(['doctor'], { cwd: lake.project });
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toMatch(/fail +lake +bronze\.prices: The data file \S+.*has 4 bytes/);
  const { location } = await loadTable(lake, prices);
  truncateSync(location.slice('file://'.length), 4);
  const tables = await lake.cli('tables');
  expect(tables.code).toBe(1);
  expect(tables.stdout).toMatch(/^bronze\.prices .* is not JSON\.$/m);
  expect(tables.stdout).toMatch(/^bronze\.empty +0 /m);
});
