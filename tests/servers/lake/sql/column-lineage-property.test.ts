import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { columnLineage, type SqlSession } from '../../../../src/servers/lake/sql/column-lineage.ts';
import { openEngine } from '../iceberg/support/duckdb-engine-of-process.ts';
import { randomSelect, randomTables } from './support/random-select.ts';

let session: SqlSession & { close(): void };
beforeAll(async () => {
  session = await openEngine();
  await session.run('CREATE SCHEMA b');
});
afterAll(() => session.close());

const rowsPerTable = 5;

/** Values by table and column. */
type Tables = Readonly<Record<string, Readonly<Record<string, readonly (number | null)[]>>>>;

const values = fc.array(fc.option(fc.integer({ min: 0, max: 3 }), { freq: 6 }), {
  minLength: rowsPerTable,
  maxLength: rowsPerTable,
});
const tables: fc.Arbitrary<Tables> = fc.record(
  Object.fromEntries(
    Object.entries(randomTables).map(([table, columns]) => [
      table,
      fc.record(Object.fromEntries(columns.map((column) => [column, values]))),
    ]),
  ),
);

async function fill(content: Tables): Promise<void> {
  for (const [table, columns] of Object.entries(content)) {
    const names = Object.keys(columns);
    const rows = Array.from(
      { length: rowsPerTable },
      (_none, row) => `(${names.map((name) => `${columns[name]?.[row] ?? 'NULL'}::INT`).join(', ')})`,
    );
    await session.run(
      `CREATE OR REPLACE TABLE ${table} AS SELECT * FROM (VALUES ${rows.join(', ')}) AS v(${names.join(', ')})`,
    );
  }
}

/** The values of each output column, whatever the order of the rows; undefined when the query is not valid. */
async function outputs(sql: string): Promise<Record<string, string[]> | undefined> {
  const rows = await session.run(sql).catch(() => undefined);
  if (!rows) return undefined;
  const names = ['o1', 'o2'];
  return Object.fromEntries(
    names.map((name) => [name, rows.map((row) => JSON.stringify(row[name] ?? null)).sort()]),
  );
}

test('what is not in the lineage of a column can change without changing the column', async () => {
  let checked = 0;
  await fc.assert(
    fc.asyncProperty(randomSelect, tables, tables, async (sql, before, after) => {
      await fill(before);
      const was = await outputs(sql);
      if (!was) return;
      const lineage = await columnLineage(session, { sql, columnsOf: (table) => randomTables[table] });
      expect(lineage.others, sql).toBeUndefined();
      expect(
        lineage.columns.map(({ name }) => name),
        sql,
      ).toEqual(['o1', 'o2']);
      for (const column of lineage.columns) {
        const known = new Set(
          [...column.direct, ...column.indirect].map((source) => `${source.table}.${source.column}`),
        );
        const changed = Object.fromEntries(
          Object.entries(before).map(([table, columns]) => [
            table,
            Object.fromEntries(
              Object.entries(columns).map(([name, kept]) => [
                name,
                known.has(`${table}.${name}`) ? kept : (after[table]?.[name] ?? kept),
              ]),
            ),
          ]),
        );
        await fill(changed);
        const now = await outputs(sql);
        expect(now?.[column.name], `${sql}\n${column.name} depends on ${[...known].join(', ')}`).toEqual(
          was[column.name],
        );
        checked += 1;
      }
    }),
    {
      seed: Number(process.env['LINEAGE_SEED'] ?? 20261121),
      numRuns: Number(process.env['LINEAGE_RUNS'] ?? 250),
    },
  );
  // Most of the queries must be valid, or nothing is proven.
  expect(checked).toBeGreaterThan(150);
}, 120_000);
