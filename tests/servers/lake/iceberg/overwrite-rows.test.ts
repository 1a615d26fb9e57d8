import { expect, test } from 'vitest';
import {
  appendRows,
  changeSchema,
  compactFiles,
  createTable,
  currentSchema,
  IcebergError,
  identifierColumns,
  listOrphans,
  loadTable,
  overwriteRows,
  type Predicate,
  planFiles,
  type SqlEngine,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { type TestWarehouse, warehouseOfTest } from './support/test-warehouse.ts';

const table = tableName('bronze.prices');
const columns = [
  { name: 'vendor', type: 'string' },
  { name: 'n', type: 'int' },
] as const;
const future = () => Date.now() + 60_000;

const rows = (...values: readonly string[]) =>
  `SELECT v AS vendor, n::INT AS n FROM (VALUES ${values.map((value) => `(${value})`).join(', ')}) AS t(v, n)`;

async function lakeOfTest(
  partitionedBy: { column: string; transform: string }[] = [],
): Promise<TestWarehouse> {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns, partitionedBy });
  return lake;
}

async function rowsOf(lake: TestWarehouse): Promise<string[]> {
  return (await lake.rows('bronze.prices')).map(({ vendor, n }) => `${vendor}${n}`).sort();
}

async function locations(lake: TestWarehouse): Promise<string[]> {
  return (await planFiles(lake, { table })).files.map(({ file }) => file.location);
}

const equals = (column: string, value: string | number): Predicate => ({ column, is: '=', value });

test('rows that match go, rows of the SELECT come, files without a match are not touched', async () => {
  const lake = await lakeOfTest();
  await appendRows(lake, { table, select: rows("'a', 1", "'b', 1", "'b', 2") });
  await appendRows(lake, { table, select: rows("'b', 3") });
  const before = await locations(lake);
  await appendRows(lake, { table, select: rows("'a', 4", "'c', 4") });
  const third = (await locations(lake)).find((location) => !before.includes(location));
  const written = await overwriteRows(lake, {
    table,
    where: equals('vendor', 'b'),
    select: rows("'b', 9"),
    summary: { why: 'again' },
  });
  expect(await rowsOf(lake)).toEqual(['a1', 'a4', 'b9', 'c4']);
  const after = await locations(lake);
  expect(after).toContain(third);
  expect(after).toHaveLength(3);
  expect(written.state.metadata.snapshots.at(-1)?.summary).toMatchObject({
    operation: 'overwrite',
    why: 'again',
    'total-records': '4',
    'deleted-data-files': '2',
  });
  expect(await listOrphans(lake, { table, olderThanMs: future() })).toEqual([]);
});

test.each<[string, Predicate, string[]]>([
  ['a comparison that is null for a row keeps it', { column: 'n', is: '>', value: 1 }, ['a1', 'bnull']],
  ['null is matched when it is asked for', { column: 'n', is: 'null' }, ['a1', 'a2', 'c5']],
  ['not, of a comparison with null, keeps the row', { not: equals('n', 1) }, ['a1', 'bnull']],
  ['nothing matches', equals('vendor', 'zzz'), ['a1', 'a2', 'bnull', 'c5']],
  [
    'everything matches',
    {
      or: [
        { column: 'n', is: 'null' },
        { column: 'n', is: 'not null' },
      ],
    },
    [],
  ],
])('without a SELECT rows are deleted: %s', async (_name, where, expected) => {
  const lake = await lakeOfTest([{ column: 'vendor', transform: 'truncate[1]' }]);
  await appendRows(lake, { table, select: rows("'a', 1", "'a', 2", "'b', NULL", "'c', 5") });
  await overwriteRows(lake, { table, where });
  expect(await rowsOf(lake)).toEqual(expected);
  expect(await listOrphans(lake, { table, olderThanMs: future() })).toEqual([]);
});

test('a column named like the one that says the file is no harm', async () => {
  const lake = await warehouseOfTest();
  const named = [
    { name: '__file', type: 'string' },
    { name: 'filename', type: 'string' },
  ];
  await lake.create('bronze.prices', { columns: named });
  await appendRows(lake, {
    table,
    select: "SELECT 'x' AS __file, 'y' AS filename UNION ALL SELECT 'z', 'z'",
  });
  await overwriteRows(lake, { table, where: equals('__file', 'x') });
  expect(await lake.rows('bronze.prices')).toEqual([{ __file: 'z', filename: 'z' }]);
});

/** Does something once, right before the rows that stay are written: the moment of a race. */
function interrupted(lake: TestWarehouse, work: () => Promise<unknown>): TestWarehouse {
  let isDone = false;
  const engine: SqlEngine = {
    run: async (sql) => {
      if (!isDone && sql.startsWith('COPY') && sql.includes('IS NOT TRUE')) {
        isDone = true;
        await work();
      }
      return lake.engine.run(sql);
    },
  };
  return { ...lake, engine };
}

test.each<[string, (lake: TestWarehouse) => Promise<unknown>, { expected: string[]; isConflict?: true }]>([
  ['a compaction moves the rows', (lake) => compactFiles(lake, { table }), { expected: ['a1', 'b9'] }],
  [
    'other rows are appended',
    (lake) => appendRows(lake, { table, select: rows("'c', 3") }),
    { expected: ['a1', 'b9', 'c3'] },
  ],
  [
    'rows that match are appended',
    (lake) => appendRows(lake, { table, select: rows("'b', 4", "'a', 4") }),
    { expected: ['a1', 'a4', 'b2', 'b3', 'b4'], isConflict: true },
  ],
  [
    // Its file holds rows that match, written anew: nobody can tell them from rows that were changed.
    'other rows of the same file are replaced',
    (lake) => overwriteRows(lake, { table, where: equals('n', 1), select: rows("'a', 7") }),
    { expected: ['a7', 'b2', 'b3'], isConflict: true },
  ],
])('while rows are replaced, %s', async (_name, race, { expected, isConflict = false }) => {
  const lake = await lakeOfTest();
  await appendRows(lake, { table, select: rows("'a', 1", "'b', 2") });
  await appendRows(lake, { table, select: rows("'b', 3") });
  const work = { table, where: equals('vendor', 'b'), select: rows("'b', 9") };
  const result = await overwriteRows(
    interrupted(lake, () => race(lake)),
    work,
  ).catch((error) => error);
  expect(IcebergError.is(result, 'CONFLICT')).toBe(isConflict);
  expect(await rowsOf(lake)).toEqual(expected);
  expect(await listOrphans(lake, { table, olderThanMs: future() })).toEqual([]);
});

test('the columns that tell rows apart are in the schema, and stay required', async () => {
  const lake = await warehouseOfTest();
  const required = [
    { name: 'sku', type: 'string', required: true },
    { name: 'day', type: 'date', required: true },
    { name: 'price', type: 'double', required: true },
    { name: 'note', type: 'string' },
  ];
  await createTable(lake, { table, columns: required, identifiedBy: ['day', 'sku'] });
  const keys = async () => identifierColumns(currentSchema((await loadTable(lake, table)).metadata));
  expect(await keys()).toEqual(['day', 'sku']);
  await changeSchema(lake, { table, changes: [{ change: 'rename', column: 'sku', to: 'article' }] });
  expect(await keys()).toEqual(['day', 'article']);
  const refused = [
    [{ change: 'make-optional', column: 'article' }],
    [{ change: 'drop', column: 'article' }],
    [{ change: 'identify', columns: ['note'] }],
    [{ change: 'identify', columns: ['price'] }],
  ] as const;
  for (const changes of refused) {
    await expect(changeSchema(lake, { table, changes })).rejects.toMatchObject({ code: 'INVALID' });
  }
  await changeSchema(lake, {
    table,
    changes: [
      { change: 'identify', columns: ['article'] },
      { change: 'make-optional', column: 'day' },
    ],
  });
  expect(await keys()).toEqual(['article']);
});

test('rows of others that come all the time are no reason to start again; those that match are', async () => {
  const lake = await lakeOfTest();
  await appendRows(lake, { table, select: rows("'a', 1", "'b', 1") });
  let others = 0;
  const among = (vendor: string, most: number): SqlEngine => ({
    run: async (sql) => {
      const answer = await lake.engine.run(sql);
      // After the files were looked at, and before they are replaced.
      if (/FILTER \(WHERE/.test(sql) && others < most) {
        await appendRows(lake, { table, select: rows(`'${vendor}', ${++others}`) });
      }
      return answer;
    },
  });
  const replace = { table, where: equals('vendor', 'b'), select: rows("'b', 9") };
  await overwriteRows({ ...lake, engine: among('c', 1000) }, replace);
  expect(others).toBeLessThan(3);
  expect(await rowsOf(lake)).toEqual(['a1', 'b9', ...Array.from({ length: others }, (_, n) => `c${n + 1}`)]);
  others = 0;
  await expect(overwriteRows({ ...lake, engine: among('b', 1) }, replace)).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});
