import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  appendRows,
  createTable,
  IcebergError,
  listOrphans,
  loadTable,
  openWarehouse,
  overwriteRows,
  scanTable,
  tableName,
} from '../../../../../src/servers/lake/iceberg/index.ts';
import { openEngine } from './duckdb-engine-of-process.ts';

/*
 * On a small disk of its own (`folder`): fills all but so many blocks of it, tries to write, makes room and looks. One line of JSON
 * for each try: how it ended, and what is in the table then.
 */
const [folder = ''] = process.argv.slice(2);
const table = tableName('bronze.events');
const engine = await openEngine();
const warehouse = openWarehouse({ folder: join(folder, 'lake'), engine });
await createTable(warehouse, { table, columns: [{ name: 'n', type: 'int' }] });
await appendRows(warehouse, { table, select: 'SELECT i::INT AS n FROM range(3) AS r(i)' });

const filler = join(folder, 'filler');
const blockBytes = statfsSync(folder).bsize;

function leaveFree(blocks: number): void {
  const { bfree } = statfsSync(folder);
  const file = openSync(filler, 'w');
  writeFileSync(file, Buffer.alloc(Math.max(0, bfree - blocks) * blockBytes));
  fsyncSync(file);
  closeSync(file);
}

async function count(): Promise<number> {
  const { sql } = await scanTable(warehouse, { table });
  const [row] = await engine.run(`SELECT count(*) AS n FROM (${sql})`);
  return Number(row?.['n']);
}

const works = {
  append: () => appendRows(warehouse, { table, select: 'SELECT i::INT AS n FROM range(20000) AS r(i)' }),
  replace: () =>
    overwriteRows(warehouse, {
      table,
      where: { column: 'n', is: '=', value: 1 },
      select: 'SELECT 1::INT AS n FROM range(5000)',
    }),
};

for (const [name, work] of Object.entries(works)) {
  for (let blocks = 0; blocks < 200; blocks++) {
    const before = { rows: await count(), location: (await loadTable(warehouse, table)).location };
    leaveFree(blocks);
    const error = await work().then(
      () => undefined,
      (failure: unknown) => failure,
    );
    // Read while the disk is still full.
    const seen = await count();
    rmSync(filler);
    const after = { rows: await count(), location: (await loadTable(warehouse, table)).location };
    const orphans = await listOrphans(warehouse, { table, olderThanMs: Date.now() + 60_000 });
    const code = IcebergError.is(error) ? error.code : error && String(error);
    const line = { name, blocks, code, seen, before, after, orphans: orphans.map(({ path }) => path) };
    writeSync(1, `${JSON.stringify(line)}\n`);
    if (error === undefined) break;
  }
}
warehouse.close();
engine.close();
