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
