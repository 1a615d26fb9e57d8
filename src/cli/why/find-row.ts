import type { JsonObject } from '../../domain/json.ts';
import { DefinitionError, nearest } from '../../errors/index.ts';
import {
  duckdbType,
  type FilePlan,
  IcebergError,
  type Predicate,
  planTable,
  quoteName,
  quoteText,
  type Schema,
  type Snapshot,
  scanSql,
  type TableState,
} from '../../servers/lake/iceberg/index.ts';
import type { LakeReader } from './lake-reader.ts';

/** Values by column, as texts; null for none. */
export type RowKey = Readonly<Record<string, string | null>>;

export interface FoundRow {
  readonly values: JsonObject;
  readonly found: number;
  readonly plan: FilePlan;
  /** SQL that is true for the row. */
  readonly condition: string;
  readonly key: RowKey;
  /** What tells the row from others that the key fits. */
  readonly own?: RowKey;
}

/** The first row that has the key. Only files are read that may hold it. */
export async function findRow(
  lake: LakeReader,
  { state, snapshot, key }: { state: TableState; snapshot: Snapshot; key: RowKey },
): Promise<FoundRow | undefined> {
  const at = { snapshotId: snapshot['snapshot-id'] };
  const bare = await planTable(state, { at });
  const exact = keyColumns(bare.schema, key);
  const plan = (await prunedPlan(state, { at, where: predicateOf(exact, bare.schema) })) ?? bare;
  const condition = conditionOf(exact, bare.schema);
  const sql = await scanSql(lake.warehouse.engine, { plan });
  const rows = await lake.run(
    `SELECT *, count(*) OVER () AS "__found" FROM (${sql}) WHERE ${condition} ORDER BY ALL LIMIT 1`,
  );
  const [row] = rows;
  if (!row) return undefined;
  const { __found: found, ...values } = row;
  const told = { values: values as JsonObject, found: Number(found), plan, key: exact };
  if (told.found <= 1) return { ...told, condition };
  // Another row that the key fits may be from another file, and from another call.
  const own = keyOfRow({ schema: bare.schema, values: told.values });
  return { ...told, condition: `${condition} AND ${conditionOf(own, bare.schema)}`, own };
}

/** The key with the table's own spelling of its columns. */
function keyColumns({ fields }: Schema, key: RowKey): RowKey {
  return Object.fromEntries(
    Object.entries(key).map(([name, value]) => {
      const field = fields.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
      if (field) return [field.name, value];
      const names = fields.map((candidate) => candidate.name);
      const [guess] = nearest(name, names);
      throw new DefinitionError({
        code: 'USAGE',
        message: `The table has no column "${name}".`,
        hint: `${guess === undefined ? '' : `did you mean ${guess}? `}Columns: ${names.join(', ')}.`,
      });
    }),
  );
}

/** A value that its column cannot have fits no row: it is an error of who typed it. */
async function prunedPlan(
  state: TableState,
  request: { at: { snapshotId: string }; where: Predicate },
): Promise<FilePlan | undefined> {
  try {
    return await planTable(state, request);
  } catch (error) {
    if (!IcebergError.is(error, 'INVALID')) throw error;
    throw new DefinitionError({
      code: 'USAGE',
      message: `The key does not fit the table: ${error.message}`,
      hint: 'write --key column=value with a value of the column’s type; times as 2026-01-31T00:00:00, in UTC.',
      cause: error,
    });
  }
}

function predicateOf(key: RowKey, { fields }: Schema): Predicate {
  const tests = Object.entries(key).flatMap(([column, value]): Predicate[] => {
    const type = fields.find(({ name }) => name === column)?.type;
    if (value === null) return [{ column: [column], is: 'null' }];
    // A binary key is compared by DuckDB alone, a nested one as its text.
    const isPlain = typeof type === 'string' && !/^(binary|fixed|float|double)/.test(type);
    return isPlain ? [{ column: [column], is: '=', value }] : [];
  });
  return { and: tests };
}

export function conditionOf(key: RowKey, schema: Schema): string {
  const tests = Object.entries(key).map(([column, value]) => {
    const name = quoteName(column);
    return value === null ? `${name} IS NULL` : `${name} = ${castTo(schema, column, value)}`;
  });
  return tests.length === 0 ? 'true' : tests.join(' AND ');
}

export function castTo({ fields }: Schema, column: string, value: string): string {
  const type = fields.find(({ name }) => name === column)?.type;
  return `CAST(${quoteText(value)} AS ${type === undefined ? 'VARCHAR' : duckdbType(type)})`;
}

// Of a table without a key that `ingest` fills.
const placeInLoad = ['_load_id', '_source_line'];

/** What tells a row from the others: its place in a load, the table's key, else all that can be compared. */
export function keyOfRow({
  schema,
  values,
}: {
  readonly schema: Schema;
  readonly values: JsonObject;
}): RowKey {
  const place = placeInLoad.flatMap((name) => (values[name] ? [[name, String(values[name])] as const] : []));
  if (place.length === placeInLoad.length) return Object.fromEntries(place);
  const ids = schema['identifier-field-ids'] ?? [];
  const fields = schema.fields.filter(({ id, type }) =>
    ids.length > 0
      ? ids.includes(id)
      : typeof type === 'string' && !/^(binary|fixed|float|double)/.test(type),
  );
  return Object.fromEntries(
    fields.map(({ name }) => {
      const value = values[name];
      return [name, value === null || value === undefined ? null : String(value)];
    }),
  );
}
