import {
  currentSchema,
  type PartitionColumn,
  partitionColumns,
  type TableMetadata,
  type TableState,
} from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { partitionTexts } from './partition-text.ts';
import { quoteName } from './quote-sql.ts';
import type { StoreSession } from './store-session.ts';
import type { MappingPartitions } from './table-store.ts';

/** The partitions that rows of a mapping are in: those that are to be written, and those that a rule set aside. */
export interface MappedPartitions {
  /** As a person reads them, of the rows that are to be written. */
  readonly replaced: MappingPartitions;
  /** Of all rows, those that were set aside too; equal texts are equal partitions. */
  readonly keys: readonly string[];
}

/** A SELECT of the rows of `relation` that are in no partition which the mapping replaces. It needs `findMappedPartitions` before it. */
export function rowsThatStay(metadata: TableMetadata, relation: string): string {
  return `SELECT * FROM ${relation} WHERE ${keySql(partitionColumns(metadata))} NOT IN (SELECT partition_key FROM replaced)`;
}

/**
 * Looks at the temporary table `mapped`, and at the rows that were set aside from it, and leaves the partitions that are replaced in
 * the temporary table `replaced`.
 * @throws LakeFailure when the table has no partitions, or a column that they are made of is not given.
 */
export async function findMappedPartitions(
  { session }: StoreSession,
  { state, isAudited }: { state: TableState; isAudited: boolean },
): Promise<MappedPartitions> {
  const fields = partitionColumns(state.metadata);
  const key = keySql(fields);
  const rows = withAllColumns(
    state.metadata,
    (await session.read('SELECT * FROM mapped LIMIT 0')).columnNames(),
  );
  await session.run(
    `CREATE OR REPLACE TEMP TABLE replaced AS SELECT ${key} AS partition_key, any_value(${textSql(fields, state.metadata)}) AS partition
     FROM (${rows('mapped')}) GROUP BY ALL ORDER BY partition`,
  );
  const names = await session.read(`SELECT partition FROM replaced ORDER BY partition LIMIT ${mostNamed}`);
  const aside = isAudited
    ? ` UNION SELECT ${key} FROM (${rows('audited')} WHERE _quality_reason IS NOT NULL)`
    : '';
  const all = await session.read(`SELECT partition_key FROM replaced${aside} ORDER BY 1`);
  return {
    replaced: {
      partitions: names.getRows().map(([name]) => String(name)),
      partition_count: await session.number('SELECT count(*) FROM replaced'),
    },
    keys: all.getRows().map(([one]) => String(one)),
  };
}

/** @throws LakeFailure for a table that is not there or has no partitions. */
export function requirePartitions(
  target: string,
  state: TableState | undefined,
): asserts state is TableState {
  const hint = 'make the table with create_table and partitioned_by first, or use mode overwrite.';
  if (!state)
    throw new LakeFailure(`There is no table ${target} whose partitions could be overwritten.`, hint);
  if (partitionColumns(state.metadata).every(({ field }) => field.transform === 'void')) {
    throw new LakeFailure(
      `${target} is not partitioned: overwrite_partitions could only replace all of it.`,
      hint,
    );
  }
}

// An answer names so many; it counts all.
const mostNamed = 100;

/** Columns that the SELECT leaves out are null in the table, and so are the partitions made of them. */
function withAllColumns(metadata: TableMetadata, given: readonly string[]): (relation: string) => string {
  const known = new Set(given.map((name) => name.toLowerCase()));
  const absent = currentSchema(metadata).fields.filter(({ name }) => !known.has(name.toLowerCase()));
  const nulls = absent.map(({ name }) => `, NULL AS ${quoteName(name)}`).join('');
  return (relation) => `SELECT *${nulls} FROM ${relation}`;
}

function keySql(fields: readonly PartitionColumn[]): string {
  return `to_json([${fields.map(({ key }) => key).join(', ')}])::VARCHAR`;
}

/** `_vendor_name=acme, day(ts)=2026-01-31`. */
function textSql(fields: readonly PartitionColumn[], metadata: TableMetadata): string {
  const spec = { 'spec-id': 0, fields: fields.map(({ field }) => field) };
  const names = partitionTexts(spec, currentSchema(metadata));
  const partitions = fields.filter(({ field }) => field.transform !== 'void');
  const parts = partitions.map(
    (field, index) =>
      `'${(names[index] ?? field.field.name).replaceAll("'", "''")}=' || coalesce(${shownSql(field)}, 'null')`,
  );
  return parts.join(` || ', ' || `);
}

function shownSql({ field: { transform }, source, key }: PartitionColumn): string {
  const format = dateFormats.get(transform);
  if (format !== undefined) return `strftime(${source}, '${format}')`;
  return transform === 'identity' ? `(${source})::VARCHAR` : key;
}

const dateFormats = new Map([
  ['year', '%Y'],
  ['month', '%Y-%m'],
  ['day', '%Y-%m-%d'],
  ['hour', '%Y-%m-%d %H:00'],
]);
