import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { openEngine } from './duckdb-engine-of-process.ts';

// Makes one change and is killed, as by kill -9, before its n-th touch of the outer world: a file, DuckDB, the catalog.
const [folder = '', at = '0', change = 'append'] = process.argv.slice(2);
let touches = 0;

function touch(): void {
  if (++touches === Number(at)) process.kill(process.pid, 'SIGKILL');
}

function watched<T extends object, K extends keyof T>(object: T, name: K): void {
  const real = object[name] as (...values: unknown[]) => unknown;
  object[name] = function (this: unknown, ...values: unknown[]) {
    touch();
    return real.apply(this, values);
  } as T[K];
}

for (const name of ['open', 'link', 'rename', 'rm'] as const) watched(fs, name);
syncBuiltinESMExports();
// Loaded behind the watch, so that their imports are the watched functions.
const { appendPrepared, appendRows, openWarehouse, overwriteRows, parsePrepared, SqliteCatalog, tableName } =
  await import('../../../../../src/servers/lake/iceberg/index.ts');
for (const name of ['swap', 'findLocation'] as const) watched(SqliteCatalog.prototype, name);
const engine = await openEngine();
watched(engine, 'run');
const warehouse = openWarehouse({ folder, engine });
const table = tableName('bronze.events');
const select = `SELECT 'w' AS writer, ${at} AS n`;
if (change === 'append') await appendRows(warehouse, { table, select });
else if (change === 'replace') {
  await overwriteRows(warehouse, { table, where: { column: 'writer', is: '=', value: 'w' }, select });
} else {
  // What was written down by a process that is gone.
  const summary = { load: at };
  await appendPrepared(warehouse, { table, prepared: [parsePrepared(change)], summary, once: 'load' });
}
warehouse.close();
engine.close();
