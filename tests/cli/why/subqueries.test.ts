import { afterAll, beforeAll, expect, test } from 'vitest';
import { whyPage } from '../../../src/cli/why/page.ts';
import type { Explanation } from '../../../src/lineage/answer.ts';
import { call, type LakeProject, lakeProject } from './support/lake-project.ts';
import { why } from './support/why.ts';

let project: LakeProject;

const ratesSql = `SELECT * FROM (VALUES ('light', 1.10), ('store', 2.00), ('none', 3.00)) AS v(kind, rate)`;
const pricedSql = `SELECT code, round(eur * (SELECT rate FROM policy.rates WHERE rates.kind = v.kind), 2)::DECIMAL(10,2) AS price,
  (SELECT max(rate) FROM policy.rates)::DECIMAL(10,2) AS highest FROM product_raw.verdalia AS v`;
const dearSql = `WITH rated AS (SELECT code, eur, (SELECT rate FROM policy.rates WHERE kind = v.kind) AS rate FROM product_raw.verdalia AS v)
  SELECT code, round(eur * rate, 2)::DECIMAL(10,2) AS price FROM rated`;
// Its child is an aggregate: no list can be made of the rows that it found in the same SELECT.
const summedSql = `SELECT kind, sum(eur)::DECIMAL(12,2) AS total FROM product_raw.verdalia GROUP BY kind
  HAVING count(*) IN (SELECT round(rate)::BIGINT FROM policy.rates)`;

beforeAll(async () => {
  project = await lakeProject();
  await project.run([
    'Nothing to load.',
    call('lake.run_mapping', { target: 'policy.rates', sql: ratesSql }),
    call('lake.run_mapping', { target: 'product_core.priced', sql: pricedSql }),
    call('lake.run_mapping', { target: 'product_core.dear', sql: dearSql }),
    call('lake.run_mapping', { target: 'product_core.summed', sql: summedSql }),
    'Mapped.',
  ]);
}, 60_000);
afterAll(() => project.remove());

const page = (answer: Explanation) =>
  whyPage(answer, { style: (_ink, text) => text, columns: 200, place: '' }).join('\n');
const ratesIn = ({ writers }: Explanation) =>
  writers[0]?.mapping?.inputs.find(({ table }) => table === 'policy.rates');

test('the row that a scalar subquery looked up is followed, and given on the first screen', async () => {
  const answer = await why(project, { table: 'product_core.priced', column: 'price', key: { code: 'V-7' } });
  expect(answer.writers[0]?.mapping).toMatchObject({ rowsFollowed: 'exact', recomputed: 'same' });
  const rates = ratesIn(answer);
  expect(rates?.rowsBehind).toBe(3);
  expect(page(answer)).toContain(
    '(the SQL reads policy.rates in 2 places: these are the rows of all of them',
  );
  const one = await why(project, { table: 'product_core.dear', column: 'price', key: { code: 'V-7' } });
  expect(one.writers[0]?.mapping).toMatchObject({ rowsFollowed: 'exact', recomputed: 'same', notes: [] });
  expect(ratesIn(one)?.rowsBehind).toBe(1);
  expect(page(one)).toMatch(
    /given +product_raw\.verdalia: eur 45\.00\n +policy\.rates: kind store, rate 2\.00\n/,
  );
});

test('where the rows of a subquery cannot be told, it is said why, and the rest is followed', async () => {
  const answer = await why(project, { table: 'product_core.summed', key: { kind: 'store' } });
  const { mapping } = answer.writers[0] ?? {};
  expect(mapping).toMatchObject({ rowsFollowed: 'exact', recomputed: 'same' });
  expect(ratesIn(answer)?.rowsBehind).toBeUndefined();
  expect(mapping?.notes).toEqual([
    'rows are summed up: what is shown is the whole group',
    'rows of policy.rates are not shown: what reads them is no part of FROM',
    expect.stringMatching(
      /^the subqueries that read policy\.rates cannot be followed row by row: .*aggregate/,
    ),
  ]);
});
