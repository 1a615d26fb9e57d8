import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { call, type LakeProject, lakeProject } from './support/lake-project.ts';
import { why } from './support/why.ts';

let project: LakeProject;
const map = (target: string, sql: string) => call('lake.run_mapping', { target, sql });

beforeAll(async () => {
  project = await lakeProject();
  const from = 'FROM product_core.product WHERE price_eur';
  await project.run([
    'Nothing to load.',
    map('product_core.cheap', `SELECT sku AS code, name ${from} < 10`),
    map('product_core.dear', `SELECT sku AS code, price_eur ${from} >= 10`),
    map('product_core.odd', "SELECT 'Ü''n $1' AS sku UNION ALL SELECT 'plain'"),
    map('product_core.plain', "SELECT sku AS code FROM product_core.odd WHERE sku = 'plain'"),
    'Mapped.',
  ]);
}, 60_000);
afterAll(() => project.remove());

const absent = 'No row of product_core.cheap has code = P-1.';
const dear = "product_core.dear has such a row: aiworkflow why product_core.dear --key 'code=P-1'";

test('a row that was left out is told where it is: in the nearest table behind, and set aside beside it', async () => {
  const { missing } = await why(project, { table: 'product_core.cheap', key: { code: 'P-1' } });
  expect(missing).toEqual([
    absent,
    "product_core.product has such a row: aiworkflow why product_core.product --key 'sku=P-1'",
    dear,
  ]);
});

/** What a shell makes of the command, run by the program. */
async function pasted(words: string): Promise<{ readonly code: number | null; readonly out: string }> {
  const command = words.slice(words.indexOf('aiworkflow ') + 'aiworkflow '.length);
  const args = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' }).split('\0');
  const { code, stdout, stderr } = await runCli(args.slice(0, -1), { cwd: '/' });
  return { code, out: stdout + stderr };
}

test('a suggested command works when it is pasted: in another folder, with quotes in the key, of a state that has passed', async () => {
  const place = ` --project ${project.dir} --db ${project.log} --warehouse ${project.warehouse}`;
  const odd = await why(project, { table: 'product_core.plain', key: { code: "Ü'n $1" } }, { place });
  const [, words = ''] = odd.missing;
  expect(words).toContain(`aiworkflow why${place} product_core.odd`);
  expect(await pasted(words)).toMatchObject({ code: 0, out: expect.stringContaining("sku = Ü'n $1") });

  const before = (await why(project, { table: 'product_core.product' })).snapshot?.id ?? '';
  await project.run(['Nothing to load.', map('product_core.product', "SELECT 'Z' AS sku"), 'Mapped.']);
  const { missing } = await why(project, { table: 'product_core.cheap', key: { code: 'P-1' } }, { place });
  expect(missing).toEqual([
    absent,
    `product_core.product has such a row: aiworkflow why${place} product_core.product --key 'sku=P-1' --at ${before}`,
    dear.replace('why', `why${place}`),
  ]);
  expect(await pasted(missing[1] ?? '')).toMatchObject({
    code: 0,
    out: expect.stringContaining('row sku = P-1'),
  });
}, 60_000);
