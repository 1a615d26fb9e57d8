// One measurement in a process of its own: node bench/lake/measure.ts <what> <folder>. Prints its figures as JSON.
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  appendPrepared,
  appendRows,
  createTable,
  openWarehouse,
  planFiles,
  prepareRows,
  tableName,
  type Warehouse,
} from '../../src/servers/lake/iceberg/index.ts';
import { openLake } from '../../src/servers/lake/lake.ts';
import { createTable as createLakeTable } from '../../src/servers/lake/tools/create-table.ts';
import { ingest } from '../../src/servers/lake/tools/ingest.ts';
import { feedColumns } from './dirty-csv.ts';

type Figures = Record<string, number>;
const caller = { origin: undefined };

const measurements: Readonly<Record<string, (folder: string) => Promise<Figures>>> = {
  ingest: measureIngest,
  plain: measurePlain,
  commits: measureCommits,
  plan: measurePlan,
  append: appendSome,
};

const [what = '', folder = ''] = process.argv.slice(2);
const figures = await measurements[what]?.(folder);
if (figures === undefined) throw new Error(`nothing is called "${what}"`);
const { maxRSS } = process.resourceUsage();
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ ...figures, peakMb: maxRSS / 1024, cpuSeconds: (user + system) / 1e6 }));

/** Through the tools of the server, as a model's call comes in. */
async function measureIngest(folder: string): Promise<Figures> {
  const lake = await openLake({
    roots: [folder],
    warehouse: join(folder, 'lake'),
    memory: '600MB',
    threads: 2,
    maxRows: 200,
    statementTimeoutMs: 60_000,
  });
  const table = 'product_raw.feed';
  const columns = feedColumns.map((column) => ({ ...column }));
  await createLakeTable.run(
    lake,
    { table, columns, partitioned_by: ['_vendor_name', '_ingestion_date'] },
    caller,
  );
  const started = performance.now();
  const report = await ingest.run(lake, { path: 'dirty.csv', table, vendor_name: 'bench' }, caller);
  const seconds = (performance.now() - started) / 1000;
  await lake.store.close();
  const { rows_read, rows_loaded, rows_rejected } = report as Record<string, number>;
  return { seconds, read: rows_read ?? 0, loaded: rows_loaded ?? 0, rejected: rows_rejected ?? 0 };
}

/** What DuckDB alone takes to write the file without its broken records as one Parquet file of the same types. */
async function measurePlain(folder: string): Promise<Figures> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '600MB', threads: '2' });
  const connection = await instance.connect();
  await connection.run(`SET temp_directory='${join(folder, 'spill')}'`);
  const columns = feedColumns.map(({ name, type }) => `'${name}': '${type}'`).join(', ');
  const started = performance.now();
  await connection.run(
    `COPY (SELECT * FROM read_csv('${join(folder, 'clean.csv')}', header=true, auto_detect=false, delim=',', quote='"', escape='"', columns={${columns}}))
     TO '${join(folder, 'plain.parquet')}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  return { seconds: (performance.now() - started) / 1000 };
}

async function openPlainWarehouse(folder: string): Promise<Warehouse> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '600MB', threads: '2' });
  const connection = await instance.connect();
  await connection.run("SET TimeZone='UTC'");
  const run = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
  return openWarehouse({ folder: join(folder, 'tables'), engine: { run: (sql) => run(sql) as never } });
}

/** The commit alone: its rows are on disk already. */
async function measureCommits(folder: string): Promise<Figures> {
  const warehouse = await openPlainWarehouse(folder);
  const table = tableName('bench.commits');
  await createTable(warehouse, { table, columns: [{ name: 'n', type: 'long' }] });
  const taken: number[] = [];
  for (let index = 0; index < 1050; index += 1) {
    const prepared = await prepareRows(warehouse, { table, select: `SELECT ${index}::BIGINT AS n` });
    const started = performance.now();
    await appendPrepared(warehouse, { table, prepared: [prepared] });
    if (index >= 1000) taken.push(performance.now() - started);
  }
  warehouse.close();
  taken.sort((a, b) => a - b);
  return { medianMs: taken[25] ?? 0, worstMs: taken.at(-1) ?? 0 };
}

async function measurePlan(folder: string): Promise<Figures> {
  const warehouse = await openPlainWarehouse(folder);
  const table = tableName('bench.files');
  const partitionedBy = [{ column: 'k', transform: 'identity' }];
  await createTable(warehouse, {
    table,
    columns: [
      { name: 'k', type: 'int' },
      { name: 'v', type: 'string' },
    ],
    partitionedBy,
  });
  for (let from = 0; from < 10_000; from += 1000) {
    const select = `SELECT range::INTEGER AS k, 'v' || range AS v FROM range(${from}, ${from + 1000})`;
    await appendRows(warehouse, { table, select });
  }
  const time = async (request: Parameters<typeof planFiles>[1]): Promise<{ ms: number; files: number }> => {
    const started = performance.now();
    const { files } = await planFiles(warehouse, request);
    return { ms: performance.now() - started, files: files.length };
  };
  const all = await time({ table });
  const one = await time({ table, where: { column: 'k', is: '=', value: 7777 } });
  warehouse.close();
  return { files: all.files, allMs: all.ms, oneMs: one.ms, oneFiles: one.files };
}

/** A writer among others. */
async function appendSome(folder: string): Promise<Figures> {
  const warehouse = await openPlainWarehouse(folder);
  for (let index = 0; index < 20; index += 1) {
    await appendRows(warehouse, {
      table: tableName('bench.shared'),
      select: `SELECT ${process.pid} AS writer, ${index} AS n`,
    });
  }
  warehouse.close();
  return { appended: 20 };
}
