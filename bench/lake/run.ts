// npm run bench:lake -- [--rows 10000000] [--rounds 3] [--folder <dir>] [--write]
// Makes a dirty CSV, loads it through the lake server's own code beside plain DuckDB, and measures commits and plans.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createTable, openWarehouse, planFiles, tableName } from '../../src/servers/lake/iceberg/index.ts';
import { loadNow, machineLine } from '../machine.ts';
import { writeDirtyCsv } from './dirty-csv.ts';
import { tableOf } from './verdict.ts';

type Figures = Record<string, number>;

const begin = '<!-- bench:lake -->';
const end = '<!-- /bench:lake -->';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string', default: tmpdir() },
    write: { type: 'boolean', default: false },
  },
});
const rows = Number(values.rows);
const folder = mkdtempSync(join(resolve(values.folder), 'bench-lake-'));
try {
  const lines = await measureAll();
  const report = [`${machineLine()}; load ${loadNow()} when it began`, '', ...lines].join('\n');
  console.log(`\n${report}`);
  if (values.write) writeSection(report);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureAll(): Promise<string[]> {
  const made = writeDirtyCsv(join(folder, 'dirty.csv'), { rows, seed: 7 });
  writeDirtyCsv(join(folder, 'clean.csv'), { rows, seed: 7, isDirty: false });
  const bytes = statSync(join(folder, 'dirty.csv')).size;
  console.log(`${rows} records, ${made.broken} of them broken, ${bytes} bytes`);
  const rounds: { ours: Figures; plain: Figures; ratio: number }[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) rounds.push(await measureRound(made));
  // One round may meet a busy moment of the machine, in one half of it or the other.
  const byRatio = rounds.toSorted((a, b) => a.ratio - b.ratio);
  const middle = byRatio[Math.floor(byRatio.length / 2)] as (typeof rounds)[number];
  const range = byRatio.map(({ ratio }) => ratio.toFixed(2)).join(', ');
  const commits = await measure('commits');
  const plan = await measure('plan');
  const kept = await appendAtOnce();
  const size = `${rows / 1e6} M rows, ${(bytes / 1e9).toFixed(2)} GB`;
  return tableOf([
    {
      name: `${size} of dirty CSV into bronze and errors, seconds`,
      aim: { atMost: 25 },
      value: middle.ours['seconds'],
    },
    { name: 'its peak memory, MB', aim: { atMost: 1200 }, value: middle.ours['peakMb'] },
    { name: 'its CPU seconds', value: middle.ours['cpuSeconds'] },
    { name: 'plain DuckDB, the clean records to one Parquet file, seconds', value: middle.plain['seconds'] },
    { name: 'its CPU seconds', value: middle.plain['cpuSeconds'] },
    {
      name: `ours to plain DuckDB, in the same round; the middle one of ${range}`,
      aim: { atMost: 1.4 },
      value: middle.ratio,
    },
    { name: 'a commit at 1,000 snapshots, median ms', aim: { under: 25 }, value: commits['medianMs'] },
    { name: `planning a read over ${plan['files']} files, ms`, aim: { under: 1000 }, value: plan['allMs'] },
    { name: 'the same for one key, ms', value: plan['oneMs'] },
    { name: 'rows of 3 processes that append 20 each at once', aim: { exactly: 60 }, value: kept },
  ]);
}

async function measureRound(made: { records: number; broken: number }) {
  rmSync(join(folder, 'lake'), { recursive: true, force: true });
  const plain = await measure('plain');
  const ours = await measure('ingest');
  if (ours['read'] !== made.records || ours['rejected'] !== made.broken) {
    throw new Error(`The load does not fit the file: ${JSON.stringify(ours)} of ${JSON.stringify(made)}.`);
  }
  const ratio = (ours['seconds'] ?? 0) / (plain['seconds'] ?? 1);
  console.log(JSON.stringify({ ours, plain, ratio, load: loadNow() }));
  return { ours, plain, ratio };
}

async function measure(what: string): Promise<Figures> {
  const script = join(import.meta.dirname, 'measure.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, what, folder]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Figures;
}

async function appendAtOnce(): Promise<number> {
  const noEngine = { run: () => Promise.reject(new Error('Nothing is read here.')) };
  const warehouse = openWarehouse({ folder: join(folder, 'tables'), engine: noEngine });
  const shared = tableName('bench.shared');
  await createTable(warehouse, {
    table: shared,
    columns: [
      { name: 'writer', type: 'long' },
      { name: 'n', type: 'int' },
    ],
  });
  await Promise.all([measure('append'), measure('append'), measure('append')]);
  const { files } = await planFiles(warehouse, { table: shared });
  warehouse.close();
  return files.reduce((sum, { file }) => sum + file.recordCount, 0);
}

function writeSection(report: string): void {
  const page = join(import.meta.dirname, '../../docs/benchmarks.md');
  const text = readFileSync(page, 'utf8');
  const [before = '', rest = ''] = text.split(begin);
  const after = rest.split(end)[1] ?? '\n';
  writeFileSync(page, `${before}${begin}\n\n${report}\n\n${end}${after}`);
}
