import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { whyPage } from '../../../src/cli/why/page.ts';
import type { Explanation } from '../../../src/lineage/answer.ts';
import { runCli } from '../support/run-cli.ts';
import { call, type LakeProject, lakeProject } from './support/lake-project.ts';
import { why } from './support/why.ts';

let project: LakeProject;

beforeAll(async () => {
  project = await lakeProject();
  // A second file into the same table, the newest of its files; its row comes after those of the first one.
  project.write('vendors/second.csv', 'code,title,eur,kind\nZ-9,Board,7.00,store\n');
  await project.run([
    call('lake.ingest', { path: 'second.csv', table: 'product_raw.verdalia', vendor_name: 'Second' }),
    'Loaded.',
    'Nothing to map.',
  ]);
}, 60_000);
afterAll(() => project.remove());

const page = (answer: Explanation) =>
  whyPage(answer, { style: (_ink, text) => text, columns: 200, place: '' });

test('a key that fits several rows says so on the first screen, and tells the file and the call of the one that it tells', async () => {
  const answer = await why(project, { table: 'product_raw.verdalia', key: { kind: 'store' } });
  expect(answer.row).toMatchObject({ found: 3, values: { code: 'V-7' }, own: { _source_line: '3' } });
  expect(answer.writers[0]?.load).toMatchObject({ file: 'verdalia.csv', line: 3 });
  expect(answer.writers[0]?.call?.runId).toBe(project.runId);
  expect(page(answer)[1]).toMatch(
    /^ {2}rows +3 rows fit the key; told is the first of them only, _load_id = \w+, _source_line = 3$/,
  );
  const other = await why(project, { table: 'product_raw.verdalia', key: { kind: 'store', code: 'Z-9' } });
  expect(other.writers[0]?.load).toMatchObject({ file: 'second.csv', line: 2 });
  expect(other.writers[0]?.call?.runId).not.toBe(project.runId);
  expect(page(other)[1]).toMatch(/^ {2}from/);
});

test('a key without a value is not told as none', async () => {
  const { missing } = await why(project, { table: 'product_core.product', key: { vendor: '' } });
  expect(missing[0]).toBe('No row of product_core.product has vendor = "".');
});

test('a lake without its log still tells the file, the rule and the rows', async () => {
  renameSync(project.log, `${project.log}.away`);
  try {
    const asked = ['why', 'product_core.product.price_eur', '--key', 'sku=P-1'];
    const { code, stdout } = await runCli(asked, { cwd: project.dir });
    expect(code).toBe(0);
    expect(stdout).toContain('line 2 of pinegate.csv');
    expect(stdout).toContain('the SQL, run again on what it read, gives this row');
    expect(stdout).toContain(
      `There is no audit log at ${join(project.dir, '.aiworkflow/audit.db')}: who wrote this`,
    );
    for (const named of [
      ['--db', 'nowhere.db'],
      ['--openlineage', 'events.ndjson'],
    ]) {
      const { code: refused, stderr } = await runCli([...asked, ...named], { cwd: project.dir });
      expect([refused, stderr]).toEqual([2, expect.stringContaining('[LOG_UNOPENABLE]')]);
    }
  } finally {
    renameSync(`${project.log}.away`, project.log);
  }
});
