import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';
import { randomOf } from '../../crash/support/random.ts';
import { seedOfThisRun } from '../../support/property-seed.ts';
import { temporaryFolder, testLakeOver } from './support/open-test-lake.ts';

const script = join(import.meta.dirname, 'fixtures/serve-lake.ts');
const rounds = 4;
const good = 4000;
const bad = 40;

/** Keys differ from file to file; each hundredth number is none. */
function fileOf(round: number): string {
  const lines = Array.from(
    { length: good + bad },
    (_, index) => `${round}-${index},${index < bad ? 'x' : index}`,
  );
  return `sku,price\n${lines.join('\n')}\n`;
}

async function startLake(folder: string) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [script, '--root', folder, '--warehouse', join(folder, '.lake')],
    stderr: 'pipe',
  });
  const client = new Client({ name: 'kill-tests', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
  await client.connect(transport);
  onTestFinished(() => client.close());
  const kill = async () => {
    if (transport.pid !== null) process.kill(transport.pid, 'SIGKILL');
    await client.close();
  };
  return { lake: testLakeOver(client, folder), close: () => client.close(), kill };
}

test.each([[[]], [['sku']]])(
  'a server that is killed in the middle of a load: the file is there once (key %j)',
  {
    timeout: 240_000,
  },
  async (primary_key) => {
    const seed = seedOfThisRun();
    const random = randomOf(seed);
    const place = `AIWORKFLOW_TEST_SEED=${seed}`;
    const files = Array.from({ length: rounds }, (_, round) => [`f${round}.csv`, fileOf(round)]);
    const folder = temporaryFolder(Object.fromEntries(files) as Record<string, string>);
    const table = 'product_raw.t';
    const columns = [
      { name: 'sku', type: 'VARCHAR' },
      { name: 'price', type: 'INTEGER' },
    ];
    const first = await startLake(folder);
    await first.lake.call('create_table', {
      table,
      columns,
      primary_key,
      partitioned_by: ['bucket(3, sku)'],
    });
    await first.close();
    for (let round = 0; round < rounds; round++) {
      const load = { path: `f${round}.csv`, table, vendor_name: 'v' };
      const doomed = await startLake(folder);
      const call = doomed.lake.call('ingest', load).then(
        () => 'answered',
        () => 'killed',
      );
      // Anywhere from its first step to its answer.
      await new Promise((resolve) => setTimeout(resolve, (900 * round) / rounds + random() * 150));
      await doomed.kill();
      await call;
      const { lake, close } = await startLake(folder);
      expect(await lake.call('ingest', load), place).toMatchObject({ rows_loaded: good, rows_rejected: bad });
      const loads = round + 1;
      expect(
        await lake.rows(`SELECT count(*) AS n, count(DISTINCT sku) AS keys FROM ${table}`),
        place,
      ).toEqual([{ n: loads * good, keys: loads * good }]);
      expect(await lake.rows('SELECT count(*) AS n FROM product_raw.ingest_errors'), place).toEqual([
        { n: loads * bad },
      ]);
      expect((await lake.call('describe_table', { table }))['sources'], place).toHaveLength(loads);
      await close();
    }
  },
);

test('a server that is killed while it replaces a partition: it is the old one or the new one, and so are its rejects', {
  timeout: 240_000,
}, async () => {
  const seed = seedOfThisRun();
  const random = randomOf(seed);
  const place = `AIWORKFLOW_TEST_SEED=${seed}`;
  const folder = temporaryFolder();
  const target = 'core.t';
  const rules = [{ name: 'n', metric: 'nullValues', column: 'n', on_failure: 'quarantine' }];
  const write = (round: number) => ({
    target,
    sql: `SELECT 'a' AS vendor, ${round} AS round, CASE WHEN i % 100 > 0 THEN i END AS n FROM range(4000) AS r(i)`,
    mode: 'overwrite_partitions',
    rules,
  });
  const first = await startLake(folder);
  const columns = ['vendor VARCHAR', 'round INTEGER', 'n BIGINT'].map((text) => {
    const [name, type] = text.split(' ');
    return { name, type };
  });
  await first.lake.call('create_table', { table: target, columns, partitioned_by: ['vendor'] });
  await first.lake.call('run_mapping', write(-1));
  const other = `SELECT 'b' AS vendor, 0 AS round, 1 AS n`;
  await first.lake.call('run_mapping', { ...write(0), sql: other });
  await first.close();
  for (let round = 0; round < rounds; round++) {
    const doomed = await startLake(folder);
    const call = doomed.lake.call('run_mapping', write(round)).then(
      () => 'answered',
      () => 'killed',
    );
    await new Promise((resolve) => setTimeout(resolve, (500 * round) / rounds + random() * 100));
    await doomed.kill();
    await call;
    const { lake, close } = await startLake(folder);
    const rows = await lake.rows(
      `SELECT vendor, round, count(*) AS n FROM ${target} GROUP BY ALL ORDER BY ALL`,
    );
    const now = rows[0]?.['round'];
    expect([-1, ...Array.from({ length: round + 1 }, (_, one) => one)], place).toContain(now);
    expect(rows, place).toEqual([
      { vendor: 'a', round: now, n: 3960 },
      { vendor: 'b', round: 0, n: 1 },
    ]);
    const rejects = await lake.rows(
      `SELECT json_extract_string(raw_row, '$.round')::INTEGER AS round, count(*) AS n FROM product_raw.ingest_errors GROUP BY ALL`,
    );
    expect(rejects, place).toEqual([{ round: now, n: 40 }]);
    await close();
  }
});
