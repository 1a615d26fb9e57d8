import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CannotFollow,
  rowsBehind,
  type SqlSession,
} from '../../../../src/servers/lake/sql/column-lineage.ts';
import { openEngine } from '../iceberg/support/duckdb-engine-of-process.ts';
import { randomSelect } from './support/random-select.ts';

let session: SqlSession & { close(): void };
beforeAll(async () => {
  session = await openEngine();
  await session.run('CREATE SCHEMA b');
  await session.run(
    'CREATE TABLE b.t AS SELECT * FROM (VALUES (1, 10, 3, 0), (2, 20, 1, 1), (3, 20, 2, 2), (4, NULL, 1, 1)) AS v(id, a, b, c)',
  );
  await session.run(
    'CREATE TABLE b.u AS SELECT * FROM (VALUES (1, 7, 2), (2, 8, 3), (2, 9, 1), (5, 20, 0)) AS v(id, x, y)',
  );
});
afterAll(() => session.close());

interface Behind {
  readonly [table: string]: readonly number[];
}

/** The ids (for b.u the x) of the rows that the output row with `o = value` was made from. */
async function behind(sql: string, value: number | null): Promise<Behind> {
  const followed = await rowsBehind(session, sql);
  const literal = value === null ? 'NULL' : String(value);
  const columns = followed.tables.map(
    ({ column }) => `list_sort(list_distinct(flatten(list(${column})))) AS ${column}`,
  );
  const [row = {}] = await session.run(
    `SELECT ${columns.join(', ')} FROM (${followed.sql}) WHERE o IS NOT DISTINCT FROM ${literal}`,
  );
  return Object.fromEntries(
    followed.tables.map(({ table, column }) => {
      const rows = (row[column] ?? []) as readonly Record<string, number>[];
      return [table, rows.map((one) => (table === 'b.t' ? one['id'] : one['x']) ?? -1)];
    }),
  );
}

test.each<[name: string, sql: string, value: number, expected: Behind]>([
  ['one table', 'SELECT a AS o FROM b.t', 20, { 'b.t': [2, 3] }],
  ['an expression', 'SELECT id * 2 AS o FROM b.t WHERE b = 1', 8, { 'b.t': [4] }],
  ['a join', 'SELECT t.id AS o, x FROM b.t JOIN b.u USING (id)', 2, { 'b.t': [2], 'b.u': [8, 9] }],
  [
    'a left join without a partner',
    'SELECT t.id AS o FROM b.t LEFT JOIN b.u USING (id)',
    3,
    { 'b.t': [3], 'b.u': [] },
  ],
  [
    'WITH, used twice',
    'WITH k AS (SELECT * FROM b.t WHERE c > 0) SELECT p.id AS o FROM k AS p JOIN k AS q ON p.id = q.id + 1',
    3,
    { 'b.t': [2, 3] },
  ],
  ['a group', 'SELECT a AS o, sum(b) AS s FROM b.t GROUP BY ALL', 20, { 'b.t': [2, 3] }],
  ['an aggregate over all', 'SELECT count(*) AS o FROM b.t', 4, { 'b.t': [1, 2, 3, 4] }],
  [
    'the branch of a UNION',
    'SELECT id AS o FROM b.t UNION ALL SELECT x FROM b.u',
    7,
    { 'b.t': [], 'b.u': [7] },
  ],
  [
    'both branches of a UNION',
    'SELECT a AS o FROM b.t UNION SELECT x FROM b.u',
    20,
    { 'b.t': [2, 3], 'b.u': [20] },
  ],
  ['DISTINCT', 'SELECT DISTINCT a AS o FROM b.t ORDER BY o', 20, { 'b.t': [2, 3] }],
  [
    'the row that QUALIFY chose',
    'SELECT a AS o FROM b.t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1',
    20,
    { 'b.t': [2] },
  ],
  ['DISTINCT ON', 'SELECT DISTINCT ON (a) a AS o FROM b.t ORDER BY a, b DESC', 20, { 'b.t': [3] }],
  ['subquery with *', 'SELECT s.* RENAME (id AS o) FROM (SELECT * FROM b.t) AS s', 3, { 'b.t': [3] }],
  ['names with their schema', 'SELECT b.t.id AS o FROM b.t WHERE b.t.c = 2', 3, { 'b.t': [3] }],
  [
    'LATERAL',
    'SELECT v AS o FROM b.t, LATERAL (SELECT t.id * 100 + x AS v FROM b.u WHERE u.id = t.id) AS l',
    208,
    { 'b.t': [2], 'b.u': [8] },
  ],
  [
    'a table of a subquery beside FROM',
    'WITH k AS (SELECT id, (SELECT max(y) FROM b.u) AS y FROM b.t) SELECT id + y AS o FROM k',
    5,
    { 'b.t': [2], 'b.u': [7, 8, 9, 20] },
  ],
  [
    'a scalar subquery that looks up a row for each row',
    'SELECT t.id * 100 + (SELECT y FROM b.u WHERE u.x = t.id + 3) AS o FROM b.t',
    402,
    { 'b.t': [4], 'b.u': [7] },
  ],
  [
    'a scalar subquery that finds nothing',
    'SELECT coalesce((SELECT x FROM b.u WHERE u.id = t.a), -t.id) AS o FROM b.t',
    -3,
    { 'b.t': [3], 'b.u': [] },
  ],
  [
    'a scalar subquery in an aggregate, and one over WITH',
    'WITH k AS (SELECT id, min(x) AS x FROM b.u GROUP BY id) SELECT a AS o, sum((SELECT x FROM k WHERE k.id = t.id)) AS s FROM b.t GROUP BY ALL',
    20,
    { 'b.t': [2, 3], 'b.u': [8, 9] },
  ],
  [
    'a subquery in a subquery',
    'SELECT id AS o FROM b.t WHERE id = (SELECT max(x) - 5 FROM b.u WHERE u.y = (SELECT min(b) + 1 FROM b.t AS i WHERE i.a = t.a))',
    2,
    { 'b.t': [2, 3], 'b.u': [7] },
  ],
  [
    'the rows that IN found',
    'SELECT id AS o FROM b.t WHERE id IN (SELECT id FROM b.u WHERE y > 1)',
    2,
    { 'b.t': [2], 'b.u': [8] },
  ],
  [
    'the rows that EXISTS found',
    'SELECT id AS o FROM b.t WHERE EXISTS (FROM b.u WHERE u.id = t.id)',
    2,
    { 'b.t': [2], 'b.u': [8, 9] },
  ],
  [
    'a table in FROM and in a subquery',
    'SELECT x AS o FROM b.u WHERE y < (SELECT max(y) FROM b.u AS v WHERE v.id = u.id)',
    9,
    { 'b.u': [8, 9] },
  ],
  [
    'the latest row of another table, in DISTINCT',
    'SELECT DISTINCT (SELECT x FROM b.u WHERE u.id >= t.id ORDER BY u.id, u.y LIMIT 1) AS o FROM b.t',
    20,
    { 'b.t': [3, 4], 'b.u': [20] },
  ],
  [
    'a group over a query that has one of the tables',
    'WITH k AS (SELECT a, id FROM b.t) SELECT k.a AS o FROM (SELECT a, max(id) AS id FROM k GROUP BY a) AS k JOIN b.u USING (id)',
    10,
    { 'b.t': [1], 'b.u': [7] },
  ],
  [
    'DISTINCT below a join',
    'SELECT k.a AS o FROM (SELECT DISTINCT a FROM b.t) AS k LEFT JOIN b.u ON u.x = k.a',
    20,
    { 'b.t': [2, 3], 'b.u': [20] },
  ],
  [
    'a list made of a list, and a lambda',
    'SELECT list_sum([list_sum([id * k FOR k IN range(1, n)]) FOR n IN range(2, 4)]) + len(list_filter([id], v -> v > 1)) AS o FROM b.t',
    9,
    { 'b.t': [2] },
  ],
  [
    'lists of lists in a table that is joined',
    'WITH l AS (SELECT id, [[id, a], [b]] AS n FROM b.t) SELECT l.n[1][1] AS o FROM l JOIN b.u ON list_contains(l.n[2], u.id) WHERE x = 7',
    4,
    { 'b.t': [4], 'b.u': [7] },
  ],
])('%s', async (_name, sql, value, expected) => {
  expect(await behind(sql, value)).toEqual(expected);
});

test('tables of subqueries are named, and left out where the statement without them is asked for', async () => {
  const sql = 'SELECT id AS o, (SELECT max(y) FROM b.u) AS y FROM b.t';
  expect(await rowsBehind(session, sql)).toMatchObject({ beside: ['b.u'] });
  const { tables, beside, notes } = await rowsBehind(session, sql, { subqueries: false });
  expect([tables.map(({ table }) => table), beside]).toEqual([['b.t'], []]);
  expect(notes).toEqual(['rows of b.u are not shown: what reads them is no part of FROM']);
});

test.each([
  ['EXCEPT', 'SELECT id AS o FROM b.t EXCEPT SELECT x FROM b.u', 'EXCEPT'],
  [
    'recursion',
    'WITH RECURSIVE r(o) AS (SELECT 1 UNION ALL SELECT o + 1 FROM r, b.t WHERE o < 3) SELECT o FROM r',
    'recursive',
  ],
  ['PIVOT', "SELECT * FROM b.t PIVOT (sum(a) FOR b IN ('1'))", 'PIVOT'],
  ['NATURAL', 'SELECT id AS o FROM b.t NATURAL JOIN b.u', 'NATURAL'],
])('%s cannot be followed, and is said so', async (_name, sql, word) => {
  await expect(rowsBehind(session, sql)).rejects.toThrow(CannotFollow);
  await expect(rowsBehind(session, sql)).rejects.toThrow(word);
});

test('the rewritten statement gives the same rows', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(randomSelect, async (sql) => {
      const was = await session.run(sql).catch(() => undefined);
      if (!was) return;
      const followed = await rowsBehind(session, sql).catch((error: unknown) => {
        if (error instanceof CannotFollow) return undefined;
        throw error;
      });
      if (!followed) return;
      const now = await session.run(followed.sql);
      const words = (rows: typeof was) => rows.map(({ o1, o2 }) => JSON.stringify([o1, o2])).sort();
      expect(words(now), `${sql}\n${followed.sql}`).toEqual(words(was));
      compared += 1;
    }),
    { seed: 20261121, numRuns: 200 },
  );
  expect(compared).toBeGreaterThan(80);
}, 60_000);
