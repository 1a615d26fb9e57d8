import { writeSync } from 'node:fs';
import { appendRows, openWarehouse, tableName } from '../../../../../src/servers/lake/iceberg/index.ts';
import { openEngine } from './duckdb-engine-of-process.ts';

// A writer in a process of its own: appends `count` rows one by one, and says each that is committed.
const [folder = '', writer = '', count = '0'] = process.argv.slice(2);
const engine = await openEngine();
const warehouse = openWarehouse({ folder, engine });
for (let index = 0; index < Number(count); index++) {
  await appendRows(warehouse, {
    table: tableName('bronze.events'),
    select: `SELECT '${writer}' AS writer, ${index} AS n`,
  });
  // Not console.log: what is said must be out before the process is killed.
  writeSync(1, `${index}\n`);
}
warehouse.close();
engine.close();
