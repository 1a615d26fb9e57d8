import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTable, openWarehouse, tableName } from '../../src/servers/lake/iceberg/index.ts';
import { runCli } from './support/run-cli.ts';

async function lakeOfTest() {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'cli-orphans-')));
  onTestFinished(() => rmSync(project, { recursive: true, force: true }));
  const engine = { run: () => Promise.reject(new Error('No rows here.')) };
  const warehouse = openWarehouse({ folder: join(project, '.aiworkflow/lake'), engine });
  onTestFinished(() => warehouse.close());
  await createTable(warehouse, { table: tableName('bronze.t'), columns: [{ name: 'n', type: 'int' }] });
  const metadata = readdirSync(warehouse.folder, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('.metadata.json'),
  );
  const data = join(warehouse.folder, metadata ?? '', '../../data');
  const file = (path: string, minutesAgo: number) => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'x');
    const seconds = Date.now() / 1000 - minutesAgo * 60;
    utimesSync(path, seconds, seconds);
    return path;
  };
  const scratch = (pid: number, startedMs: number) =>
    join(warehouse.folder, '.scratch', `${hostname()}~${pid}~${Math.round(startedMs)}~1`);
  const orphans = (...args: string[]) => runCli(['lake', 'orphans', ...args], { cwd: project });
  return { project, data, file, scratch, orphans };
}

test('files that a living process may be at stay, whatever the age that is asked for', async () => {
  const { data, file, scratch, orphans } = await lakeOfTest();
  const spilled = file(join(scratch(process.pid, Date.now() - 3_600_000), 'spill.tmp'), 4000);
  const prepared = file(join(data, 'prepared.parquet'), 30);
  const dead = file(join(data, 'dead.parquet'), 90);
  const { stdout } = await orphans('--older-than', '0m', '--remove');
  expect(stdout).toContain('1 file, 1 B removed.');
  expect(stdout).toContain('2 files, 2 B, stay: a process that has the lake open may be at them.');
  expect([spilled, prepared, dead].map((path) => existsSync(path))).toEqual([true, true, false]);
});

test('those of a dead process that are young are counted, and doctor counts them', async () => {
  const { project, data, file, scratch, orphans } = await lakeOfTest();
  // A number that no process of Linux has.
  const files = [file(join(scratch(2 ** 30, 1), 'spill.tmp'), 5), file(join(data, 'prepared.parquet'), 5)];
  expect((await orphans()).stdout).toBe(
    'No orphans older than 1 day.\n2 younger, 2 B: aiworkflow lake orphans --older-than 0m\n',
  );
  const doctor = (await runCli(['doctor'], { cwd: project })).stdout;
  expect(doctor).toMatch(/^ok +lake +2 files \(2 B\) that no table names, younger than 1 day$/m);
  expect((await orphans('--older-than', '0m', '--remove')).stdout).toContain('2 files, 2 B removed.');
  expect(files.map((path) => existsSync(path))).toEqual([false, false]);
});
