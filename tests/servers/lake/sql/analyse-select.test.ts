import { expect, test } from 'vitest';
import { analyseSelect } from '../../../../src/servers/lake/sql/analyse-select.ts';
import { rewriteTimeTravel } from '../../../../src/servers/lake/sql/time-travel.ts';
import { engineOfTest } from '../iceberg/support/duckdb-engine.ts';
import { parserOver } from './support/parser-over.ts';
import { columns } from './support/random-queries.ts';

const lakeColumns = columns.map(({ name, lake }) => ({ name, type: lake }));
const scope = { tables: ['lake.t', 'lake.u'], columnsOf: async () => lakeColumns };

async function analysed(sql: string) {
  const parser = parserOver(await engineOfTest());
  return { parser, ...(await analyseSelect(parser, { sql, scope })) };
}

test.each([
  ['SELECT 1', []],
  ['WITH t AS (SELECT 1) SELECT * FROM t, Lake.T;', [{ name: 'lake.t' }]],
  ['SELECT * FROM lake.t x, lake.t y, lake.u', [{ name: 'lake.t' }, { name: 'lake.u' }]],
  ['SELECT * FROM lake.t WHERE a > 5', [{ name: 'lake.t', predicate: { column: 'a', is: '>', value: '5' } }]],
  ['SELECT * FROM lake.t WHERE a > 5 UNION SELECT * FROM lake.t', [{ name: 'lake.t' }]],
  ["SELECT * FROM lake.t WHERE a > 1.5 OR b = 5 OR d = TIMESTAMP '2024-01-01'", [{ name: 'lake.t' }]],
  [
    "SELECT * FROM lake.t AT (VERSION => 9223372036854775807), lake.t y AT (VERSION => '12')",
    [
      { name: 'lake.t', at: { version: '9223372036854775807' } },
      { name: 'lake.t', at: { version: '12' } },
    ],
  ],
  [
    "SELECT * FROM lake.t AT (TIMESTAMP => '2024-01-01 10:00:00.5+02:00')",
    [{ name: 'lake.t', at: { timestamp: '2024-01-01T08:00:00.500Z' } }],
  ],
])('%s', async (sql, tables) => {
  expect((await analysed(sql)).tables).toEqual(tables);
});

test.each([
  [
    'SELECT t.a, 1e3, 0.1, 12345678901234567890123 FROM lake.t AT (VERSION => 5) WHERE t.a = 9007199254740993',
    'SELECT t.a, CAST(\'1000.0\' AS DOUBLE), 0.1, 12345678901234567890123 FROM "then"."lake.t 5" AS t WHERE (t.a = 9007199254740993)',
  ],
  [
    'SELECT x.a FROM lake.t x AT (VERSION => 5) JOIN lake.t y USING (k) GROUP BY ALL ORDER BY ALL LIMIT 3',
    'SELECT x.a FROM "then"."lake.t 5" AS x INNER JOIN lake.t AS y USING (k) GROUP BY ALL ORDER BY COLUMNS(*) LIMIT 3',
  ],
])('the tables of an earlier state go by other names: %s', async (sql, expected) => {
  const { parser, tree } = await analysed(sql);
  const nameOf = ({ name, at }: { name: string; at?: object }) => ({
    schema: 'then',
    table: `${name} ${Object.values(at ?? {}).join()}`,
  });
  expect(await rewriteTimeTravel(parser, { tree, nameOf })).toBe(expected);
});

test.each(['-1', "'x'", '1.5', 'NULL', 'a', '1 + 1'])('AT (VERSION => %s) is refused', async (version) => {
  await expect(analysed(`SELECT * FROM lake.t AT (VERSION => ${version})`)).rejects.toThrow(
    'no snapshot and no moment',
  );
});
