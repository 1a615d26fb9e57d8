import { deepStrictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appendRows, openWarehouse, scanTable, tableName } from '../../src/servers/lake/iceberg/index.ts';
import { openEngine } from '../servers/lake/iceberg/support/duckdb-engine-of-process.ts';

// Our table after PyIceberg appended a row to it: read by us, and extended once more.
const [folder = ''] = process.argv.slice(2);
const { count } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as { count: number };
const engine = await openEngine();
const warehouse = openWarehouse({ folder, engine });
const table = tableName('demo.sales');
const rowsNow = async () =>
  Number(
    (await engine.run(`SELECT count(*) AS n FROM (${(await scanTable(warehouse, { table })).sql})`))[0]?.[
      'n'
    ],
  );

deepStrictEqual(await rowsNow(), count + 1);
const { sql } = await scanTable(warehouse, { table, where: { column: 'id', is: '=', value: 9001 } });
deepStrictEqual(await engine.run(`SELECT note, vendor, net_price::VARCHAR AS price FROM (${sql})`), [
  { note: 'from pyiceberg', vendor: 'v/9 ü', price: '7.25' },
]);
await appendRows(warehouse, { table, select: "SELECT 9002 AS id, 'after pyiceberg' AS note" });
deepStrictEqual(await rowsNow(), count + 2);
process.stdout.write('ok a row of PyIceberg in our table, and ours behind it\n');
warehouse.close();
engine.close();
