import type { Json, JsonObject } from '../../domain/json.ts';
import { messageOf } from '../../errors/index.ts';
import type { AppliedMapping, ColumnRule } from '../../lineage/answer.ts';
import {
  duckdbType,
  quoteName,
  quoteText,
  type Schema,
  type Snapshot,
  schemaOf,
} from '../../servers/lake/iceberg/index.ts';
import { CannotFollow, type RowsBehind, rowsBehind } from '../../servers/lake/sql/column-lineage.ts';
import { conditionOf, type FoundRow, keyOfRow, type RowKey } from './find-row.ts';
import type { LakeReader, SqlRow } from './lake-reader.ts';
import type { WriterRequest } from './tell-writer.ts';

export interface FollowedRows {
  readonly how: NonNullable<AppliedMapping['rowsFollowed']>;
  readonly recomputed: NonNullable<AppliedMapping['recomputed']>;
  readonly notes: readonly string[];
  /** By the table's name in the statement: how many rows, and the first of them. */
  readonly rows: ReadonlyMap<
    string,
    { readonly count: number; readonly places?: number; readonly rows: readonly Record<string, Json>[] }
  >;
}

interface FollowRequest {
  readonly sql: string;
  readonly request: WriterRequest & { readonly snapshot: Snapshot };
  readonly row: FoundRow;
  readonly rules: readonly ColumnRule[];
  /** Tables of the statement that cannot be read as they were. */
  readonly unread: readonly string[];
}

/** The rows of each input that the row was made from. */
export async function followRows(lake: LakeReader, request: FollowRequest): Promise<FollowedRows> {
  // It could only fail, in DuckDB's words for a table that it does not know; which one it is, and why, is said already.
  if (request.unread.length > 0)
    return candidates(lake, request, `the statement is not run again without ${request.unread.join(', ')}`);
  try {
    return await followStatement(lake, request);
  } catch (error) {
    const why =
      error instanceof CannotFollow
        ? `the statement cannot be followed row by row: ${error.message}`
        : `the statement cannot be run again: ${reasonOf(error)}`;
    return candidates(lake, request, why);
  }
}

const reasonOf = (error: unknown): string => messageOf(error).split('\n', 1)[0] ?? '';

/** With the rows that subqueries beside FROM have read; where DuckDB does not take that, without them, and it is said why. */
async function followStatement(lake: LakeReader, request: FollowRequest): Promise<FollowedRows> {
  const followed = await rowsBehind(lake, request.sql);
  if (followed.beside.length === 0) return followExactly(lake, { ...request, followed });
  try {
    return await followExactly(lake, { ...request, followed });
  } catch (error) {
    const without = await rowsBehind(lake, request.sql, { subqueries: false });
    const told = await followExactly(lake, { ...request, followed: without });
    const why = `the subqueries that read ${followed.beside.join(', ')} cannot be followed row by row: ${reasonOf(error)}`;
    return { ...told, notes: [...told.notes, why] };
  }
}

function targetOf({ request, row }: FollowRequest): { readonly schema: Schema; readonly key: RowKey } {
  const { state, snapshot } = request;
  const schema = schemaOf(state.metadata, snapshot['schema-id'] ?? state.metadata['current-schema-id']);
  return { schema, key: keyOfRow({ schema, values: row.values }) };
}

// Rows that are looked at; all are counted.
const rowsShown = 20;

async function followExactly(
  lake: LakeReader,
  { followed, ...request }: FollowRequest & { readonly followed: RowsBehind },
): Promise<FollowedRows> {
  const { schema, key } = targetOf(request);
  const hidden = followed.tables.map(({ column }) => quoteName(column));
  const described = await lake.run(
    `DESCRIBE SELECT * ${hidden.length > 0 ? `EXCLUDE (${hidden.join(', ')})` : ''} FROM (${followed.sql})`,
  );
  const columns = described.map((row) => String(row['column_name']));
  const values = columns.map((name) => castColumn(schema, name));
  const lists = followed.tables.map(
    ({ column }) => `flatten(list(${quoteName(column)})) AS ${quoteName(column)}`,
  );
  const own = onlyKnown(key, columns);
  // The result is cast as it was when it was stored; the key is compared there.
  const sql = `WITH "__result" AS (SELECT ${[...values, ...hidden].join(', ')} FROM (${followed.sql}))
    SELECT ${[...columns.map((name) => `any_value(${quoteName(canonical(schema, name))}) AS ${quoteName(canonical(schema, name))}`), 'count(*) AS "__count"', ...lists].join(', ')}
    FROM "__result" WHERE ${conditionOf(own, schema)}`;
  const lengths = followed.tables.map(
    ({ column }) =>
      `len(list_distinct(${quoteName(column)})) AS ${quoteName(`${column}_n`)}, list_sort(list_distinct(${quoteName(column)}))[1:${rowsShown}] AS ${quoteName(column)}`,
  );
  const [found] = await lake.run(
    `SELECT * ${hidden.length > 0 ? `EXCLUDE (${hidden.join(', ')}), ${lengths.join(', ')}` : ''} FROM (${sql})`,
  );
  const rows = followed.tables.map(
    ({ table, column, places }) =>
      [
        table.toLowerCase(),
        {
          places,
          count: Number(found?.[`${column}_n`] ?? 0),
          rows: (found?.[column] ?? []) as Record<string, Json>[],
        },
      ] as const,
  );
  return {
    how: 'exact',
    recomputed: comparedWith(request.row.values, found),
    notes: followed.notes,
    rows: new Map(rows),
  };
}

const canonical = ({ fields }: Schema, name: string): string =>
  fields.find((field) => field.name.toLowerCase() === name.toLowerCase())?.name ?? name;

function castColumn(schema: Schema, name: string): string {
  const field = schema.fields.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  return field
    ? `CAST(${quoteName(name)} AS ${duckdbType(field.type)}) AS ${quoteName(field.name)}`
    : quoteName(name);
}

/** Columns that the statement does not give were filled by the table. */
function onlyKnown(key: RowKey, columns: readonly string[]): RowKey {
  const known = new Set(columns.map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(key).filter(([name]) => known.has(name.toLowerCase())));
}

function comparedWith(stored: JsonObject, found: SqlRow | undefined): FollowedRows['recomputed'] {
  if (!found || Number(found['__count']) === 0) return 'absent';
  const differs = Object.entries(stored).some(
    ([name, value]) => name in found && JSON.stringify(found[name]) !== JSON.stringify(value),
  );
  return differs ? 'differs' : 'same';
}

/** Rows whose column holds the key, where the key is taken over as it is. */
async function candidates(lake: LakeReader, request: FollowRequest, why: string): Promise<FollowedRows> {
  const rows = new Map<string, { count: number; rows: Record<string, Json>[] }>();
  for (const [table, tests] of conditionsOf(request)) {
    if (request.unread.includes(table.toLowerCase())) continue;
    const [schema = '', ...name] = table.split('.');
    const found = await lake.run(
      `SELECT *, count(*) OVER () AS "__count" FROM ${quoteName(schema)}.${quoteName(name.join('.'))} WHERE ${tests.join(' AND ')} LIMIT ${rowsShown}`,
    );
    const count = Number(found[0]?.['__count'] ?? 0);
    rows.set(table.toLowerCase(), {
      count,
      rows: found.map(({ __count: _count, ...values }) => values as Record<string, Json>),
    });
  }
  const how = rows.size > 0 ? 'candidates' : 'no';
  return { how, recomputed: 'absent', notes: [why], rows };
}

/** By table: what is true for rows that have the key's values. */
function conditionsOf(request: FollowRequest): Map<string, string[]> {
  const { key } = targetOf(request);
  const conditions = new Map<string, string[]>();
  for (const [column, value] of Object.entries(key)) {
    const rule = request.rules.find((one) => one.column === column);
    for (const source of rule?.direct ?? []) {
      if (source.use !== 'IDENTITY' || value === null) continue;
      const test = `CAST(${quoteName(source.column)} AS VARCHAR) = ${quoteText(value)}`;
      conditions.set(source.table, [...(conditions.get(source.table) ?? []), test]);
    }
  }
  return conditions;
}
