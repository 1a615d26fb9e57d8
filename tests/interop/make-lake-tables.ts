import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { openLake } from '../../src/servers/lake/lake.ts';
import { createLakeServer } from '../../src/servers/lake/lake-server.ts';
import { approveRequest } from '../../src/servers/lake/storage/decide-requests.ts';

/*
 * Tables as the lake's server writes them, through its own tools: bronze with hidden partitions, rejects, columns that were
 * renamed, added and widened, another partitioning, a load that a person rolled back. Beside them, what others must find.
 */
const [folder = ''] = process.argv.slice(2);
const [files, warehouse] = [join(folder, 'files'), join(folder, 'lake')];
mkdirSync(files, { recursive: true });

const lines = (from: number, to: number, row: (n: number) => string) =>
  Array.from({ length: to - from }, (_, index) => row(from + index)).join('\n');
const day = (n: number) => `2024-0${1 + (n % 3)}-15 0${n % 10}:30:00`;
writeFileSync(
  join(files, 'acme.csv'),
  `sku,price,changed_at,stock\n${lines(0, 300, (n) => `a${n},${n}.25,${day(n)},${n % 9 === 0 ? '' : n}`)}
bad1,dear,${day(1)},1\nbad2,1.00,yesterday,1\n"quo""ted ü 😀",9999999.99,${day(2)},-1\n`,
);
writeFileSync(
  join(files, 'o-hara.csv'),
  `sku,price,currency,changed_at,stock\n${lines(0, 200, (n) => `o${n},-${n}.50,€UR,${day(n)},${3_000_000_000 + n}`)}\n`,
);
writeFileSync(
  join(files, 'wrong.csv'),
  `sku,price,changed_at,stock\nw1,1.00,${day(1)},1\nw2,2.00,${day(2)},2\n`,
);

const lake = await openLake({
  roots: [files],
  warehouse,
  memory: '1GB',
  threads: 2,
  maxRows: 200,
  statementTimeoutMs: 60_000,
});
const [near, far] = InMemoryTransport.createLinkedPair();
await createLakeServer(lake).connect(far);
const client = new Client({ name: 'interop', version: '1' });
await client.connect(near);

type Answer = Record<string, unknown>;

async function call(name: string, input: Answer): Promise<Answer> {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: input });
  if (isError) throw new Error(`${name}: ${JSON.stringify(content)}`);
  return structuredContent as Answer;
}

const table = 'product_raw.prices';
const load = (path: string, vendor_name: string, columns?: Record<string, string | null>) =>
  call('ingest', { path, table, vendor_name, ...(columns && { options: { columns } }) });
const newest = async () =>
  ((await call('table_history', { table }))['snapshots'] as { snapshot: string }[])[0]?.snapshot ?? '';

await call('create_table', {
  table,
  columns: [
    { name: 'sku', type: 'VARCHAR', nullable: false },
    { name: 'price', type: 'DECIMAL(9,2)' },
    { name: 'changed_at', type: 'TIMESTAMP' },
    { name: 'stock', type: 'INTEGER' },
  ],
  partitioned_by: ['_vendor_name', 'month(changed_at)'],
  description: 'prices of vendors',
});
const loaded = await load('acme.csv', 'acme / "GmbH" ü');
const first = await newest();
await call('evolve_table', {
  table,
  changes: [
    { change: 'rename', column: 'price', to: 'net_price' },
    { change: 'widen', column: 'net_price', type: 'DECIMAL(12,2)' },
    { change: 'widen', column: 'stock', type: 'BIGINT' },
    { change: 'add', column: 'currency', type: 'VARCHAR', after: 'net_price' },
  ],
  partitioned_by: ['bucket(4, sku)', 'day(changed_at)'],
});
await load('o-hara.csv', "o'hara", { net_price: 'price' });
const right = await newest();
await load('wrong.csv', 'wrong', { net_price: 'price', currency: null });
const wrong = await newest();
const asked = await call('rollback_snapshot', { table, snapshot: right, reason: 'the wrong file' });
await approveRequest(realpathSync(warehouse), {
  request: Number(asked['request']),
  who: 'ada',
});

const [found] = (
  (await call('preview_sql', {
    sql: `SELECT count(*) AS n, sum(net_price) AS prices, sum(stock) AS stock, count(currency) AS currencies, count(stock) AS stocks,
      count(*) FILTER (WHERE _vendor_name = 'acme / "GmbH" ü') AS acme, count(*) FILTER (WHERE changed_at >= TIMESTAMP '2024-03-01') AS march
      FROM ${table}`,
  })) as { rows: Answer[] }
).rows;
const [errors] = (
  (await call('preview_sql', {
    sql: `SELECT count(*) AS n, min(raw_row) AS raw, string_agg(column_name, ',' ORDER BY line) AS columns FROM product_raw.ingest_errors`,
  })) as { rows: Answer[] }
).rows;
writeFileSync(
  join(folder, 'expected.json'),
  JSON.stringify({ ...found, errors, first, right, wrong, loaded }),
);
await client.close();
await lake.store.close();
