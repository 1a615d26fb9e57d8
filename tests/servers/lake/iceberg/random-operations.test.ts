import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  appendRows,
  changePartitioning,
  changeSchema,
  compactFiles,
  expireSnapshots,
  loadTable,
  overwritePartitions,
  overwriteRows,
  overwriteTable,
  type Predicate,
  rollbackTo,
  scanTable,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { sorted, type TestWarehouse, warehouseOfTest } from './support/test-warehouse.ts';

const table = tableName('random.rows');

interface ModelRow {
  readonly id: number;
  readonly vendor: string | null;
  readonly day: string;
  readonly ratio: number | null;
  /** Values of columns that came later, by column. */
  readonly extra: Readonly<Record<string, number | null>>;
}

/** The table as a plain list, with its past. */
interface Model {
  rows: ModelRow[];
  columns: string[];
  partitioning: number;
  /** Whether files of an older partitioning may be there: dynamic overwrites are refused then. */
  mixed: boolean;
  past: { snapshotId: string; rows: ModelRow[]; columns: string[] }[];
}

const rowOf = fc.record({
  id: fc.integer({ min: -50, max: 50 }),
  vendor: fc.constantFrom(null, 'a', 'b/ü', 'c "d"', 'NULL', ''),
  day: fc.constantFrom('2023-12-31', '2024-01-01', '2024-01-31', '2024-02-01'),
  ratio: fc.constantFrom(null, 0, -0, 1.5, Number.NaN, Infinity, -1e300),
});
const rowsOf = fc.array(rowOf, { minLength: 1, maxLength: 6 });
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), rows: rowsOf }) },
  fc.record({ do: fc.constant('overwrite' as const), rows: rowsOf }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('overwrite partitions' as const), rows: rowsOf }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('replace' as const),
      above: fc.integer({ min: -60, max: 60 }),
      vendor: fc.constantFrom(null, 'a', 'b/ü'),
      rows: fc.option(rowsOf),
    }),
  },
  fc.record({ do: fc.constant('partitioning' as const), to: fc.nat(4) }),
  fc.record({ do: fc.constant('compact' as const) }),
  fc.record({ do: fc.constant('add column' as const) }),
  fc.record({ do: fc.constant('rename column' as const) }),
  fc.record({ do: fc.constant('drop column' as const) }),
  fc.record({ do: fc.constant('rollback' as const), back: fc.nat(4) }),
  fc.record({ do: fc.constant('expire' as const), keep: fc.integer({ min: 1, max: 4 }) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const partitionings = [
  [],
  [{ column: 'day', transform: 'month' }],
  [{ column: 'vendor', transform: 'identity' }],
  [
    { column: 'vendor', transform: 'truncate[1]' },
    { column: 'id', transform: 'bucket[3]' },
  ],
  [
    { column: 'day', transform: 'identity' },
    { column: 'ratio', transform: 'identity' },
  ],
];

const filter = fc.constantFrom<Predicate>(
  { column: 'id', is: '>', value: 10 },
  { column: 'id', is: 'in', values: [-3, 7, 20] },
  { column: 'vendor', is: '=', value: 'b/ü' },
  { column: 'vendor', is: 'null' },
  { not: { column: 'vendor', is: 'in', values: ['a', ''] } },
  { column: 'day', is: '<', value: '2024-01-15' },
  { column: 'ratio', is: '>=', value: 1 },
  { column: 'ratio', is: '=', value: 'nan' },
  {
    or: [
      { column: 'day', is: '=', value: '2024-02-01' },
      {
        and: [
          { column: 'id', is: '<', value: 0 },
          { column: 'vendor', is: 'not null' },
        ],
      },
    ],
  },
);

test('random operations leave the table that a plain list has, now and in its past', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { minLength: 3, maxLength: 14 }),
      fc.array(filter, { maxLength: 4 }),
      async (operations, filters) => {
        const lake = await warehouseOfTest();
        const model: Model = { rows: [], columns: [], partitioning: 0, mixed: false, past: [] };
        await lake.create('random.rows', {
          columns: [
            { name: 'id', type: 'int' },
            { name: 'vendor', type: 'string' },
            { name: 'day', type: 'date' },
            { name: 'ratio', type: 'double' },
          ],
        });
        for (const [index, step] of operations.entries()) await apply(lake, { model, step, index });
        expect(sorted(await lake.rows('random.rows'))).toEqual(expectedRows(model.rows, model.columns));
        for (const { snapshotId, rows } of model.past) {
          const found = await lake.rows('random.rows', { at: { snapshotId } });
          expect(found).toHaveLength(rows.length);
        }
        for (const where of filters) await checkFilter(lake, where);
      },
    ),
    { numRuns: 25, seed: 20_261_121 },
  );
});

/** What is pruned must not be wanted: the filter over all rows gives the same. */
async function checkFilter(lake: TestWarehouse, where: Predicate): Promise<void> {
  const pruned = await scanTable(lake, { table, where });
  const whole = await scanTable(lake, { table });
  const condition = /\) AS scanned WHERE (.*)$/s.exec(pruned.sql)?.[1] ?? 'false';
  const expected = await lake.engine.run(`SELECT * FROM (${whole.sql}) WHERE ${condition}`);
  expect(sorted((await lake.engine.run(pruned.sql)) as never)).toEqual(sorted(expected as never));
}

async function apply(
  lake: TestWarehouse,
  { model, step, index }: { model: Model; step: Operation; index: number },
): Promise<void> {
  switch (step.do) {
    case 'append': {
      const rows = withExtra(model, step.rows);
      const { snapshotId } = await appendRows(lake, { table, select: selectOf(model, rows) });
      remember(model, { snapshotId, rows: [...model.rows, ...rows] });
      return;
    }
    case 'overwrite': {
      const rows = withExtra(model, step.rows);
      const { snapshotId } = await overwriteTable(lake, { table, select: selectOf(model, rows) });
      model.mixed = false;
      remember(model, { snapshotId, rows });
      return;
    }
    case 'overwrite partitions': {
      const rows = withExtra(model, step.rows);
      const work = overwritePartitions(lake, { table, select: selectOf(model, rows) });
      if (model.mixed) {
        await expect(work).rejects.toMatchObject({ code: 'INVALID' });
        return;
      }
      const { snapshotId } = await work;
      const keys = new Set(await keysOf(lake, { model, rows }));
      const old = await keysOf(lake, { model, rows: model.rows });
      remember(model, { snapshotId, rows: [...model.rows.filter((_, at) => !keys.has(old[at]!)), ...rows] });
      return;
    }
    case 'replace':
      return replace(lake, { model, step });
    case 'partitioning': {
      await changePartitioning(lake, { table, partitionedBy: partitionings[step.to]! });
      if (step.to !== model.partitioning && model.rows.length > 0) model.mixed = true;
      model.partitioning = step.to;
      model.mixed = await hasOtherSpecs(lake);
      return;
    }
    case 'compact': {
      const before = model.rows.length;
      const { written } = await compactFiles(lake, { table });
      if (written) {
        expect([written.addedRows, written.removedRows]).toEqual([written.removedRows, written.addedRows]);
        remember(model, { snapshotId: written.snapshotId, rows: model.rows });
        model.mixed = false;
      }
      expect(model.rows).toHaveLength(before);
      return;
    }
    case 'add column': {
      const name = `x${index}`;
      await changeSchema(lake, { table, changes: [{ change: 'add', column: name, type: 'int' }] });
      model.columns.push(name);
      return;
    }
    case 'rename column': {
      const name = model.columns[0];
      if (name === undefined) return;
      const to = `${name}r`;
      await changeSchema(lake, { table, changes: [{ change: 'rename', column: name, to }] });
      model.columns[0] = to;
      model.rows = renamed(model.rows, { name, to });
      for (const past of model.past) past.rows = renamed(past.rows, { name, to });
      return;
    }
    case 'drop column': {
      const name = model.columns.pop();
      if (name !== undefined)
        await changeSchema(lake, { table, changes: [{ change: 'drop', column: name }] });
      return;
    }
    case 'rollback': {
      const past = model.past.at(-1 - step.back);
      if (!past) return;
      await rollbackTo(lake, { table, snapshotId: past.snapshotId });
      model.past = model.past.slice(0, model.past.indexOf(past) + 1);
      model.rows = past.rows;
      model.mixed = await hasOtherSpecs(lake);
      return;
    }
    case 'expire': {
      const { snapshotIds } = await expireSnapshots(lake, {
        table,
        olderThanMs: Date.now() + 60_000,
        keepLast: step.keep,
        graceMs: 0,
      });
      model.past = model.past.filter(({ snapshotId }) => !snapshotIds.includes(snapshotId));
      return;
    }
  }
}

async function replace(
  lake: TestWarehouse,
  { model, step }: { model: Model; step: Extract<Operation, { do: 'replace' }> },
): Promise<void> {
  const rows = withExtra(model, step.rows ?? []);
  const { vendor, above } = step;
  const { snapshotId } = await overwriteRows(lake, {
    table,
    where: {
      and: [
        { column: 'id', is: '>', value: above },
        vendor === null
          ? { column: 'vendor', is: 'null' }
          : { not: { column: 'vendor', is: '=', value: vendor } },
      ],
    },
    ...(rows.length > 0 && { select: selectOf(model, rows) }),
  });
  const goes = (row: ModelRow) =>
    row.id > above && (vendor === null ? row.vendor === null : row.vendor !== null && row.vendor !== vendor);
  remember(model, { snapshotId, rows: [...model.rows.filter((row) => !goes(row)), ...rows] });
  model.mixed = await hasOtherSpecs(lake);
}

/** Which of the table's files follow an older partitioning is not the model's business; it is asked for. */
async function hasOtherSpecs(lake: TestWarehouse): Promise<boolean> {
  const { plan } = await scanTable(lake, { table });
  const { metadata } = await loadTable(lake, table);
  return plan.files.some(({ file }) => file.specId !== metadata['default-spec-id']);
}

function remember(model: Model, now: { snapshotId: string; rows: ModelRow[] }): void {
  model.rows = now.rows;
  model.past.push({ ...now, columns: [...model.columns] });
}

function renamed(rows: ModelRow[], { name, to }: { name: string; to: string }): ModelRow[] {
  return rows.map(({ extra: { [name]: value, ...extra }, ...row }) => ({
    ...row,
    extra: value === undefined ? extra : { ...extra, [to]: value },
  }));
}

function withExtra(model: Model, rows: readonly Omit<ModelRow, 'extra'>[]): ModelRow[] {
  return rows.map((row) => ({
    ...row,
    extra: Object.fromEntries(model.columns.map((name) => [name, row.id])),
  }));
}

function selectOf(model: Model, rows: readonly ModelRow[]): string {
  const one = (row: ModelRow) =>
    [
      `${row.id} AS id`,
      `${row.vendor === null ? 'NULL::VARCHAR' : `'${row.vendor}'`} AS vendor`,
      `DATE '${row.day}' AS day`,
      `${row.ratio === null ? 'NULL' : `'${Object.is(row.ratio, -0) ? '-0' : row.ratio}'`}::DOUBLE AS ratio`,
      ...model.columns.map((name) => `${row.extra[name] ?? 'NULL'}::INTEGER AS ${name}`),
    ].join(', ');
  return rows.map((row) => `SELECT ${one(row)}`).join(' UNION ALL ');
}

const keySql = [
  "''",
  "strftime(day, '%Y-%m')",
  'vendor',
  "concat(substr(vendor, 1, 1), '|', vendor IS NULL, '|', id)",
  "concat(day, '|', ratio + 0.0)",
];

/** The partition of each row, by other means than the library's: buckets are asked from it row by row. */
async function keysOf(
  lake: TestWarehouse,
  { model, rows }: { model: Model; rows: readonly ModelRow[] },
): Promise<string[]> {
  if (rows.length === 0) return [];
  const { murmur3 } = await import('../../../../src/servers/lake/iceberg/values/murmur3.ts');
  const { eightBytes } = await import('../../../../src/servers/lake/iceberg/values/binary-value.ts');
  const bucket = (id: number) => (murmur3(eightBytes(BigInt(id))) & 0x7fffffff) % 3;
  if (model.partitioning === 3) {
    return rows.map(
      (row) => `${row.vendor === null ? null : `=${[...row.vendor].slice(0, 1).join('')}`}|${bucket(row.id)}`,
    );
  }
  const found: string[] = [];
  for (const row of rows) {
    const [key] = await lake.engine.run(
      `SELECT (${keySql[model.partitioning]})::VARCHAR AS k FROM (${selectOf(model, [row])})`,
    );
    found.push(JSON.stringify(key?.['k']));
  }
  return found;
}

function expectedRows(rows: readonly ModelRow[], columns: readonly string[]): Record<string, unknown>[] {
  return sorted(
    rows.map(({ id, vendor, day, ratio, extra }) => ({
      id,
      vendor,
      day,
      ratio:
        ratio === null
          ? null
          : Number.isFinite(ratio)
            ? ratio
            : { NaN: 'NaN', Infinity: 'Infinity', '-Infinity': '-Infinity' }[String(ratio)],
      ...Object.fromEntries(columns.map((name) => [name, extra[name] ?? null])),
    })),
  );
}
