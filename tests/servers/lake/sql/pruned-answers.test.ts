import fc from 'fast-check';
import { expect, test } from 'vitest';
import { appendRows, scanTable, tableName } from '../../../../src/servers/lake/iceberg/index.ts';
import { analyseSelect, type TableRead } from '../../../../src/servers/lake/sql/analyse-select.ts';
import { sorted, type TestWarehouse, warehouseOfTest } from '../iceberg/support/test-warehouse.ts';
import { parserOver } from './support/parser-over.ts';
import { columns, queries, rows } from './support/random-queries.ts';

const tables = ['lake.t', 'lake.u'];
const partitionings = [
  [],
  [{ column: 'a', transform: 'identity' }],
  [{ column: 'b', transform: 'truncate[1]' }],
  [
    { column: 'k', transform: 'bucket[4]' },
    { column: 'm', transform: 'day' },
  ],
];

test.each(partitionings.map((partitionedBy, index) => ({ partitionedBy, seed: index + 1 })))(
  'the answer over fewer files is the answer over all files: partitions $partitionedBy',
  { timeout: 120_000 },
  async ({ partitionedBy, seed }) => {
    const warehouse = await warehouseOfTest();
    await warehouse.engine.run('CREATE SCHEMA lake');
    for (const [index, name] of tables.entries()) {
      await warehouse.create(name, {
        columns: columns.map(({ name, type }) => ({ name, type })),
        partitionedBy,
      });
      const [files = []] = fc.sample(rows, { numRuns: 1, seed: seed * 10 + index });
      for (const file of files)
        await appendRows(warehouse, { table: tableName(name), select: valuesSql(file) });
    }
    let skipped = 0;
    await fc.assert(
      fc.asyncProperty(queries, async (sql) => {
        const analysis = await analyseSelect(parserOver(warehouse.engine), {
          sql,
          scope: { tables, columnsOf: async () => columns.map(({ name, lake }) => ({ name, type: lake })) },
        });
        await makeViews(
          warehouse,
          tables.map((name) => ({ name })),
        );
        const all = await answerOf(warehouse, sql);
        // What DuckDB refuses over all files says nothing about fewer.
        if (all === undefined) return;
        skipped += await makeViews(warehouse, analysis.tables);
        expect(await answerOf(warehouse, sql)).toEqual(all);
      }),
      { numRuns: 120, seed },
    );
    expect(skipped).toBeGreaterThan(20);
  },
);

/** Gives the number of files that are not read. */
async function makeViews(warehouse: TestWarehouse, reads: readonly TableRead[]): Promise<number> {
  let skipped = 0;
  for (const { name, predicate } of reads) {
    const { sql, plan } = await scanTable(warehouse, {
      table: tableName(name),
      ...(predicate && { where: predicate }),
    });
    skipped += plan.counts.filesSkipped;
    await warehouse.engine.run(`CREATE OR REPLACE VIEW ${name} AS ${sql}`);
  }
  return skipped;
}

async function answerOf(warehouse: TestWarehouse, sql: string): Promise<unknown> {
  try {
    return sorted([...(await warehouse.engine.run(sql))]);
  } catch {
    return undefined;
  }
}

function valuesSql(file: readonly Readonly<Record<string, string>>[]): string {
  return file
    .map((row) => `SELECT ${columns.map(({ name }) => `${row[name]} AS ${name}`).join(', ')}`)
    .join(' UNION ALL ');
}
