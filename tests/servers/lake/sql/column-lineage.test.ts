import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ColumnLineage,
  columnLineage,
  type SqlSession,
} from '../../../../src/servers/lake/sql/column-lineage.ts';
import { openEngine } from '../iceberg/support/duckdb-engine-of-process.ts';

let session: SqlSession & { close(): void };
beforeAll(async () => {
  session = await openEngine();
});
afterAll(() => session.close());

const tables: Readonly<Record<string, readonly string[]>> = {
  'b.t': ['id', 'a', 'b', 'l'],
  'b.u': ['id', 'x', 'y'],
  'b.Odd Name': ['Ünï', 'select'],
};

const lineageOf = (sql: string): Promise<ColumnLineage> =>
  columnLineage(session, { sql, columnsOf: (table) => tables[table] });

/** `b.t.a` for what is taken over, `b.t.a*` computed, `b.t.a+` summed up; after the bar `b.t.b FILTER`. */
function words({ direct, indirect }: Pick<ColumnLineage['columns'][number], 'direct' | 'indirect'>): string {
  const signs = { IDENTITY: '', TRANSFORMATION: '*', AGGREGATION: '+' };
  const values = direct.map(({ table, column, use }) => `${table}.${column}${signs[use]}`);
  const others = indirect.map(
    ({ table, column, uses }) => `${table}.${column} ${[...uses].sort().join(' ')}`,
  );
  return `${values.join(', ')} | ${others.sort().join(', ')}`.trim();
}

test.each([
  ['a column', 'SELECT a FROM b.t', { a: 'b.t.a |' }],
  ['an expression', 'SELECT a + b AS v FROM b.t', { v: 'b.t.a*, b.t.b* |' }],
  ['WHERE', 'SELECT a FROM b.t WHERE b > 1', { a: 'b.t.a | b.t.b FILTER' }],
  ['CASE', 'SELECT CASE WHEN a > 1 THEN b END AS v FROM b.t', { v: 'b.t.b* | b.t.a CONDITIONAL' }],
  [
    'aggregate',
    'SELECT id, sum(a) AS s FROM b.t GROUP BY id',
    { id: 'b.t.id | b.t.id GROUP_BY', s: 'b.t.a+ | b.t.id GROUP_BY' },
  ],
  [
    'GROUP BY ALL',
    'SELECT id, sum(a) AS s FROM b.t GROUP BY ALL',
    { id: 'b.t.id | b.t.id GROUP_BY', s: 'b.t.a+ | b.t.id GROUP_BY' },
  ],
  [
    'GROUP BY by number',
    'SELECT b AS k, count(*) AS n FROM b.t GROUP BY 1',
    { k: 'b.t.b | b.t.b GROUP_BY', n: '| b.t.b GROUP_BY' },
  ],
  [
    'FILTER of an aggregate',
    'SELECT max(a) FILTER (WHERE b > 0) AS m FROM b.t',
    { m: 'b.t.a+ | b.t.b FILTER' },
  ],
  [
    'HAVING',
    'SELECT id FROM b.t GROUP BY id HAVING max(a) > 1',
    { id: 'b.t.id | b.t.a FILTER, b.t.id GROUP_BY' },
  ],
  ['join', 'SELECT x FROM b.t JOIN b.u ON t.id = u.id', { x: 'b.u.x | b.t.id JOIN, b.u.id JOIN' }],
  [
    'USING',
    'SELECT id, x FROM b.t JOIN b.u USING (id)',
    { id: 'b.t.id | b.t.id JOIN, b.u.id JOIN', x: 'b.u.x | b.t.id JOIN, b.u.id JOIN' },
  ],
  [
    'USING of a full join',
    'SELECT id FROM b.t FULL JOIN b.u USING (id)',
    { id: 'b.t.id, b.u.id | b.t.id JOIN, b.u.id JOIN' },
  ],
  ['NATURAL', 'SELECT y FROM b.t NATURAL JOIN b.u', { y: 'b.u.y | b.t.id JOIN, b.u.id JOIN' }],
  [
    'WITH',
    'WITH k AS (SELECT a * 2 AS d FROM b.t WHERE b > 0) SELECT d + 1 AS v FROM k',
    { v: 'b.t.a* | b.t.b FILTER' },
  ],
  ['WITH with names', 'WITH k(p, q) AS (SELECT a, b FROM b.t) SELECT q FROM k', { q: 'b.t.b |' }],
  [
    'a WITH that hides another',
    'WITH k AS (SELECT a AS v FROM b.t) SELECT v FROM (WITH k AS (SELECT x AS v FROM b.u) SELECT v FROM k) AS s',
    { v: 'b.u.x |' },
  ],
  ['subquery with names', 'SELECT p FROM (SELECT a, b FROM b.t) AS s(p, q)', { p: 'b.t.a |' }],
  [
    'scalar subquery',
    'SELECT (SELECT max(y) FROM b.u WHERE u.id = t.id) AS m FROM b.t',
    { m: 'b.u.y+ | b.t.id FILTER, b.u.id FILTER' },
  ],
  ['IN', 'SELECT a FROM b.t WHERE b IN (SELECT x FROM b.u)', { a: 'b.t.a | b.t.b FILTER, b.u.x FILTER' }],
  [
    'EXISTS',
    'SELECT a FROM b.t WHERE EXISTS (SELECT 1 FROM b.u WHERE u.id = t.id)',
    { a: 'b.t.a | b.t.id FILTER, b.u.id FILTER' },
  ],
  ['UNION ALL', 'SELECT a AS v FROM b.t UNION ALL SELECT x FROM b.u', { v: 'b.t.a, b.u.x |' }],
  [
    'UNION',
    'SELECT a AS v FROM b.t UNION SELECT x FROM b.u',
    { v: 'b.t.a, b.u.x | b.t.a GROUP_BY, b.u.x GROUP_BY' },
  ],
  [
    'UNION BY NAME',
    'SELECT a AS v, b AS w FROM b.t UNION ALL BY NAME SELECT y AS w FROM b.u',
    { v: 'b.t.a |', w: 'b.t.b, b.u.y |' },
  ],
  ['*', 'SELECT * FROM b.u', { id: 'b.u.id |', x: 'b.u.x |', y: 'b.u.y |' }],
  [
    'EXCLUDE and REPLACE',
    'SELECT * EXCLUDE (x) REPLACE (y + 1 AS y) FROM b.u',
    { id: 'b.u.id |', y: 'b.u.y* |' },
  ],
  [
    't.* and RENAME',
    'SELECT u.* RENAME (x AS z) FROM b.u JOIN b.t ON true',
    { id: 'b.u.id |', z: 'b.u.x |', y: 'b.u.y |' },
  ],
  [
    '* of USING',
    'SELECT * EXCLUDE (a, b, l) FROM b.t JOIN b.u USING (id)',
    {
      id: 'b.t.id | b.t.id JOIN, b.u.id JOIN',
      x: 'b.u.x | b.t.id JOIN, b.u.id JOIN',
      y: 'b.u.y | b.t.id JOIN, b.u.id JOIN',
    },
  ],
  ['COLUMNS', "SELECT max(COLUMNS('x|y')) FROM b.u", { x: 'b.u.x+ |', y: 'b.u.y+ |' }],
  [
    'window',
    'SELECT sum(a) OVER (PARTITION BY b ORDER BY id) AS s FROM b.t',
    { s: 'b.t.a* | b.t.b WINDOW, b.t.id WINDOW' },
  ],
  [
    'QUALIFY',
    'SELECT a FROM b.t QUALIFY row_number() OVER (PARTITION BY b ORDER BY id) = 1',
    { a: 'b.t.a | b.t.b WINDOW, b.t.id WINDOW' },
  ],
  ['an alias to the left', 'SELECT a AS p, p + b AS q FROM b.t', { p: 'b.t.a |', q: 'b.t.a*, b.t.b* |' }],
  [
    'DISTINCT',
    'SELECT DISTINCT a, b FROM b.t',
    { a: 'b.t.a | b.t.a GROUP_BY, b.t.b GROUP_BY', b: 'b.t.b | b.t.a GROUP_BY, b.t.b GROUP_BY' },
  ],
  [
    'DISTINCT ON',
    'SELECT DISTINCT ON (a) b FROM b.t ORDER BY id',
    { b: 'b.t.b | b.t.a GROUP_BY, b.t.id SORT' },
  ],
  [
    'ORDER BY an alias',
    'SELECT a, b + 1 AS k FROM b.t ORDER BY k LIMIT 1',
    { a: 'b.t.a | b.t.b SORT', k: 'b.t.b* | b.t.b SORT' },
  ],
  ['VALUES', 'SELECT m FROM (VALUES (1, 2)) AS v(m, n)', { m: '|' }],
  [
    'unnest in FROM',
    'SELECT e, a FROM b.t, unnest(l) AS r(e)',
    { e: 'b.t.l* | b.t.l FILTER', a: 'b.t.a | b.t.l FILTER' },
  ],
  [
    'unnest in SELECT',
    'SELECT a, unnest(l) AS e FROM b.t',
    { a: 'b.t.a | b.t.l FILTER', e: 'b.t.l* | b.t.l FILTER' },
  ],
  ['LATERAL', 'SELECT v FROM b.t, LATERAL (SELECT t.a + x AS v FROM b.u) AS s', { v: 'b.t.a*, b.u.x* |' }],
  ['lambda', 'SELECT list_transform(l, lambda e: e + a) AS v FROM b.t', { v: 'b.t.l*, b.t.a* |' }],
  ['method call', 'SELECT a.abs() AS v FROM b.t', { v: 'b.t.a* |' }],
  ['field of a struct', 'SELECT a.f AS v FROM b.t', { v: 'b.t.a |' }],
  ['a whole row', 'SELECT u AS v FROM b.u', { v: 'b.u.id, b.u.x, b.u.y |' }],
  [
    'recursion',
    'WITH RECURSIVE r(n, m) AS (SELECT id, a FROM b.t UNION ALL SELECT n + 1, y FROM r JOIN b.u ON x = n) SELECT m FROM r',
    { m: 'b.t.a, b.u.y | b.t.id JOIN, b.u.x JOIN' },
  ],
  [
    'odd names',
    'SELECT "select" AS v FROM b."Odd Name" WHERE "ÜNÏ" = 1',
    { v: 'b.Odd Name.select | b.Odd Name.Ünï FILTER' },
  ],
])('%s', async (_name, sql, expected) => {
  const { columns, others } = await lineageOf(sql);
  expect(Object.fromEntries(columns.map((column) => [column.name, words(column)]))).toEqual(expected);
  expect(columns.flatMap(({ unknowns }) => unknowns)).toEqual([]);
  expect(others).toBeUndefined();
});

test('expressions are written over the columns of tables, through WITH, subqueries and aliases', async () => {
  const { columns } = await lineageOf(`
    WITH priced AS (SELECT id, a * 2 AS double FROM b.t),
         named AS (SELECT id, upper(y) AS label FROM b.u)
    SELECT p.id, round(double / 100, 2) AS price, price + 1 AS more, label FROM priced AS p JOIN named USING (id)
    UNION ALL SELECT id, 0, 9007199254740993, 'none' FROM b.t`);
  expect(columns.map(({ expressions }) => expressions)).toEqual([
    ['b.t.id'],
    ['round(((b.t.a * 2) / 100), 2)', '0'],
    ['(round(((b.t.a * 2) / 100), 2) + 1)', '9007199254740993'],
    ['upper(b.u.y)', "'none'"],
  ]);
});

test('what is not understood depends on everything in reach, and says so', async () => {
  const pivot = await lineageOf("SELECT * FROM b.t PIVOT (sum(a) FOR b IN ('x'))");
  expect(pivot.columns).toEqual([]);
  expect(pivot.others?.unknowns).toEqual(['PIVOT in FROM']);
  expect(pivot.others?.direct.map(({ column }) => column)).toEqual(tables['b.t']);
  const chosen = await lineageOf("SELECT COLUMNS(c -> c LIKE 'a%') FROM b.t");
  expect(chosen.others?.direct.map(({ column }) => column)).toEqual(tables['b.t']);
  const nameless = await lineageOf('SELECT nowhere AS v FROM b.t');
  expect(nameless.columns[0]?.unknowns).toEqual(['an expression of kind COLUMN_REF (COLUMN_REF)']);
  expect(nameless.columns[0]?.direct).toHaveLength(4);
});

test('a table whose columns are not known gives any of them', async () => {
  const { columns, others, tables: read } = await lineageOf('SELECT v, * FROM gone.away');
  expect(columns.map(words)).toEqual(['gone.away.* |']);
  expect(others && words(others)).toBe('gone.away.* |');
  expect(read).toEqual(['gone.away']);
});

test('text that is no SELECT is refused with the words of DuckDB', async () => {
  await expect(lineageOf('DROP TABLE b.t')).rejects.toThrow('SELECT');
  await expect(lineageOf('SELECT 1; SELECT 2')).rejects.toThrow('no single SELECT');
});
