import { messageOf } from '../../errors/index.ts';
import { currentSchema, quoteName, quoteText, type Schema } from '../../servers/lake/iceberg/index.ts';
import { castSql, cleanText } from '../../servers/lake/storage/cast-sql.ts';
import { definitionOf } from '../../servers/lake/storage/table-definition.ts';
import type { CastRules, TableDefinition } from '../../servers/lake/storage/table-store.ts';
import { conditionOf, type RowKey } from './find-row.ts';
import { type KeyWay, viewName } from './key-way.ts';
import type { LakeReader, SqlRow } from './lake-reader.ts';
import type { Sources } from './question.ts';
import { type RejectedFields, rejectedFields } from './rejected-fields.ts';

export interface MatchedRejects {
  /** Records that would have had the key. */
  readonly certain: readonly {
    readonly row: SqlRow;
    readonly cells: Readonly<Record<string, string | null>>;
    readonly fields?: RejectedFields['fields'];
  }[];
  readonly undecided: readonly { readonly row: SqlRow; readonly why: string }[];
}

interface MatchRequest {
  /** The asked table. */
  readonly table: string;
  readonly key: RowKey;
  /** The table that the records were meant for, in lower case. */
  readonly of: string;
  readonly way: KeyWay;
  readonly rows: readonly SqlRow[];
}

/** Which of the rejected records would have had the key, each by the fields that the key is made of. */
export async function rejectsWithKey(sources: Sources, request: MatchRequest): Promise<MatchedRejects> {
  const { way, rows } = request;
  if (way.unknown !== undefined) return unknown(rows, way.unknown);
  const { lake } = sources;
  const name = lake.tables().find((table) => table.toLowerCase() === request.of) ?? request.of;
  const definition = definitionOf(await lake.state(name));
  const columns = ownNames(definition, way.needed);
  if (columns.length < way.needed.length)
    return unknown(rows, `${way.needed.join(', ')} are not all columns that a record has`);
  const certain: MatchedRejects['certain'][number][] = [];
  const undecided: MatchedRejects['undecided'][number][] = [];
  for (const [, own] of Map.groupBy(rows, ({ load_id: load }) => String(load))) {
    const told = await rejectedFields(sources, { rows: own, definition, columns });
    const read = own.flatMap((row) => {
      const { cells, fields, why = 'it cannot be read' } = told.of.get(row) ?? {};
      if (cells) return [{ row, cells, ...(fields && { fields }) }];
      undecided.push({ row, why });
      return [];
    });
    const { matches, why } = await matching(lake, { ...request, definition, read, casts: told.casts });
    if (why === undefined) certain.push(...read.filter((_one, index) => matches.has(index)));
    else undecided.push(...read.map(({ row }) => ({ row, why })));
  }
  return { certain, undecided };
}

const unknown = (rows: readonly SqlRow[], why: string): MatchedRejects => ({
  certain: [],
  undecided: rows.map((row) => ({ row, why })),
});

const ownNames = ({ columns }: TableDefinition, needed: readonly string[]): readonly string[] =>
  columns.flatMap(({ name }) =>
    needed.some((one) => one.toLowerCase() === name.toLowerCase()) ? [name] : [],
  );

interface Matching extends MatchRequest {
  readonly definition: TableDefinition;
  readonly read: readonly { readonly cells: Readonly<Record<string, string | null>> }[];
  readonly casts: CastRules;
}

/** Indexes of those that have the key. */
async function matching(
  lake: LakeReader,
  request: Matching,
): Promise<{ readonly matches: ReadonlySet<number>; readonly why?: string }> {
  if (request.read.length === 0) return { matches: new Set() };
  try {
    const { metadata } = await lake.state(request.table);
    const key = ownSpelling(request.key, currentSchema(metadata));
    const rows = await goTheWay(lake, request);
    const condition = conditionOf(key, currentSchema(metadata));
    const isAsWritten = request.way.steps.length === 0 ? ` OR (${textCondition(key)})` : '';
    const found = await lake.run(
      `SELECT DISTINCT ${rejectColumn} FROM (${rows}) WHERE (${condition})${isAsWritten}`,
    );
    return { matches: new Set(found.map((row) => Number(row['__reject']))) };
  } catch (error) {
    // A value that a mapping's own cast refuses, say: what the key would be is not known then.
    return { matches: new Set(), why: messageOf(error).split('\n', 1)[0] ?? '' };
  }
}

const rejectColumn = '"__reject"';
const textOf = (column: string): string => quoteName(`__text_${column}`);

function ownSpelling(key: RowKey, { fields }: Schema): RowKey {
  const named = (name: string): string =>
    fields.find((field) => field.name.toLowerCase() === name.toLowerCase())?.name ?? name;
  return Object.fromEntries(Object.entries(key).map(([name, value]) => [named(name), value]));
}

/** A key may be why the record was rejected: then it has no value, and stands there as it was asked for all the same. */
const textCondition = (key: RowKey): string =>
  Object.entries(key)
    .map(([column, value]) => `trim(${textOf(column)}) = ${quoteText(value ?? '')}`)
    .join(' AND ');

/** Each statement's expressions of the key, over the records in place of the rows that it read: first of the last table. */
async function goTheWay(lake: LakeReader, request: Matching): Promise<string> {
  let rows = cellsSql(request);
  for (const { view, branches } of request.way.steps.toReversed()) {
    const [schema = ''] = view.split('.');
    await lake.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`);
    await lake.run(`CREATE OR REPLACE VIEW ${viewName(view)} AS ${rows}`);
    const selects = branches.map((columns) => {
      const list = columns.map(({ column, expression }) => `${expression} AS ${quoteName(column)}`);
      return `SELECT ${[...list, rejectColumn].join(', ')} FROM ${viewName(view)}`;
    });
    rows = selects.join(' UNION ALL ');
  }
  return rows;
}

/** The records as the load would have typed them. */
function cellsSql({ definition, read, casts: rules }: Matching): string {
  const names = Object.keys(read[0]?.cells ?? {});
  const records = read.map(({ cells }, index) => ({
    i: index,
    ...Object.fromEntries(names.map((name, at) => [`c${at}`, cells[name] ?? null])),
  }));
  const shape = { i: 'BIGINT', ...Object.fromEntries(names.map((_name, at) => [`c${at}`, 'VARCHAR'])) };
  const made = names.map((name, at) => {
    const type = definition.columns.find((column) => column.name === name)?.type ?? 'VARCHAR';
    const cast = castSql({ text: `t${at}`, spelled: `m${at}`, value: `v${at}` }, { type, rules });
    return {
      text: `${cleanText(`c${at}`, { type, rules })} AS t${at}`,
      spelled: `${cast.spelling} AS m${at}`,
      both: `${cast.value} AS ${quoteName(name)}, c${at} AS ${textOf(name)}`,
    };
  });
  const list = (part: 'text' | 'spelled' | 'both'): string => made.map((one) => `, ${one[part]}`).join('');
  return `SELECT i AS ${rejectColumn}${list('both')} FROM (
    SELECT *${list('spelled')} FROM (
      SELECT *${list('text')} FROM (
        SELECT unnest(from_json(${quoteText(JSON.stringify(records))}, ${quoteText(JSON.stringify([shape]))}), recursive := true))))`;
}
