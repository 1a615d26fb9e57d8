import { messageOf } from '../../errors/index.ts';
import { castRulesOf } from '../../servers/lake/drift/expected-feed.ts';
import { cellText, isValueObject, parseExactly } from '../../servers/lake/sources/json-value.ts';
import { openSource } from '../../servers/lake/sources/open-source.ts';
import type { Source, SourceOptions } from '../../servers/lake/sources/source.ts';
import { valueAt } from '../../servers/lake/sources/value-path.ts';
import type { CastRules, TableDefinition } from '../../servers/lake/storage/table-store.ts';
import { matchColumns } from '../../servers/lake/tools/match-columns.ts';
import type { SqlRow } from './lake-reader.ts';
import type { Sources } from './question.ts';

/** What a rejected record holds for some columns of the table that it was meant for. */
export interface RejectedFields {
  /** By column; null where there is nothing. Undefined when that cannot be told. */
  readonly cells?: Readonly<Record<string, string | null>>;
  readonly why?: string;
  /** The fields of the source, by column. */
  readonly fields?: Readonly<Record<string, string>>;
}

export interface RejectedOfLoad {
  /** Rows of `product_raw.ingest_errors`, all of one load. */
  readonly rows: readonly SqlRow[];
  /** The table they were meant for, as it is now. */
  readonly definition: TableDefinition;
  readonly columns: readonly string[];
}

export interface FieldsOfLoad {
  readonly casts: CastRules;
  readonly of: ReadonlyMap<SqlRow, RejectedFields>;
}

type LoadOptions = SourceOptions & { readonly columns?: Readonly<Record<string, string | null>> };

/**
 * Reads the fields of rejected records as their load read them: by its options, which are in the ledger, from its file, while that
 * is the same. What a mapping has set aside is a row of its own table, and says its columns itself.
 */
export async function rejectedFields(sources: Sources, of: RejectedOfLoad): Promise<FieldsOfLoad> {
  const [first] = of.rows;
  const id = first?.['load_id'];
  const [load] =
    typeof id === 'string' ? sources.lake.records('SELECT * FROM lake_loads WHERE id = ?', id) : [];
  if (!load) return allUnknown(of, 'the lake has no record of the load');
  if (load['kind'] !== undefined && load['kind'] !== 'load')
    return { casts: castRulesOf({}), of: byRow(of, (row) => fieldsOfRaw(row, { fields: ownNames(of) })) };
  const options = JSON.parse(String(load['options_key'])) as LoadOptions;
  const casts = castRulesOf(options);
  try {
    return { casts, of: await fieldsInFile(sources, { ...of, load, options }) };
  } catch (error) {
    return allUnknown(of, messageOf(error).split('\n', 1)[0] ?? '');
  }
}

const byRow = (
  { rows }: RejectedOfLoad,
  fieldsOf: (row: SqlRow) => RejectedFields,
): ReadonlyMap<SqlRow, RejectedFields> => new Map(rows.map((row) => [row, fieldsOf(row)]));

const allUnknown = (of: RejectedOfLoad, why: string): FieldsOfLoad => ({
  casts: castRulesOf({}),
  of: byRow(of, () => ({ why })),
});

const ownNames = ({ columns }: RejectedOfLoad): Readonly<Record<string, string>> =>
  Object.fromEntries(columns.map((name) => [name, name]));

/** Of JSON, sheets and rows of our own the record is kept as an object, whose members have names. */
function fieldsOfRaw(
  row: SqlRow,
  {
    fields,
    decimal,
    why = 'the record is not kept as a row',
  }: {
    readonly fields: Readonly<Record<string, string>>;
    readonly decimal?: string | undefined;
    readonly why?: string;
  },
): RejectedFields {
  try {
    const value = parseExactly(String(row['raw_row']));
    if (!isValueObject(value)) return { why };
    const cells = Object.entries(fields).map(
      ([column, path]) => [column, cellText(valueAt(value, path), decimal)] as const,
    );
    return { cells: Object.fromEntries(cells), fields };
  } catch {
    return { why };
  }
}

interface LoadRequest extends RejectedOfLoad {
  readonly load: SqlRow;
  readonly options: LoadOptions;
}

async function fieldsInFile(
  sources: Sources,
  request: LoadRequest,
): Promise<ReadonlyMap<SqlRow, RejectedFields>> {
  const { load, options } = request;
  const { columns: mapping = {}, ...reading } = options;
  const file = String(load['file']);
  const call = load['call_id'];
  const { path, state, note } = await sources.files.record({
    load: { file, sha256: String(load['sha256']) },
    story: typeof call === 'string' ? sources.calls.find(call).story : undefined,
    options: undefined,
    wantsText: false,
  });
  if (state !== 'same' || path === undefined) return withoutFile(request, note ?? `the file is ${state}`);
  const source = await openSource({ absolute: path, path: file }, reading);
  return readAgain(source, { ...request, fields: fieldsOfColumns(source, { ...request, mapping }) });
}

/** The names of a CSV file's columns stand in the file alone. */
function withoutFile(request: LoadRequest, why: string): ReadonlyMap<SqlRow, RejectedFields> {
  const { format, decimal_separator: decimal, columns: mapping = {} } = request.options;
  const fields = { ...ownNames(request), ...onlyTexts(mapping, request.columns) };
  const isNamed = format !== 'csv' && format !== 'xml';
  return byRow(request, (row) => (isNamed ? fieldsOfRaw(row, { fields, decimal, why }) : { why }));
}

async function readAgain(
  source: Source,
  request: LoadRequest & { readonly fields: Readonly<Record<string, string>> },
): Promise<ReadonlyMap<SqlRow, RejectedFields>> {
  const { rows, fields } = request;
  const places = Map.groupBy(rows, (row) => placeOf(row['line'], row['raw_row']));
  const found = new Map<SqlRow, RejectedFields>();
  for await (const batch of source.read(Object.values(fields)).batches) {
    for (const { line, raw, cells, fault } of batch) {
      const told = fault ? { why: fault.detail } : { cells: named(fields, cells), fields };
      for (const row of places.get(placeOf(line, raw)) ?? []) found.set(row, told);
    }
    if (found.size === rows.length) break;
  }
  return byRow(request, (row) => found.get(row) ?? { why: 'the file has no such record at its line' });
}

const onlyTexts = (
  mapping: Readonly<Record<string, string | null>>,
  columns: readonly string[],
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(mapping).flatMap(([name, path]) =>
      path === null || !columns.includes(name) ? [] : [[name, path]],
    ),
  );

/** Records of one document may stand in one line; equal ones hold the same. */
const placeOf = (line: unknown, raw: unknown): string => `${String(line)} ${String(raw)}`;

const named = (fields: Readonly<Record<string, string>>, cells: readonly (string | null)[]) =>
  Object.fromEntries(Object.keys(fields).map((column, index) => [column, cells[index] ?? null]));

/** As the load matched them. Columns that nobody asks for here may be of another time than the file, and are left out. */
function fieldsOfColumns(
  source: Source,
  {
    definition,
    columns,
    mapping,
  }: LoadRequest & { readonly mapping: Readonly<Record<string, string | null>> },
): Readonly<Record<string, string>> {
  const isByPlace =
    source.format === 'csv' && source.shape.dialect?.header === false && Object.keys(mapping).length === 0;
  const asked = definition.columns.filter(({ name }) => columns.includes(name));
  const of = isByPlace ? definition : { ...definition, columns: asked };
  const own = Object.fromEntries(Object.entries(mapping).filter(([name]) => columns.includes(name)));
  const { sources } = matchColumns({ definition: of, source, mapping: own });
  return Object.fromEntries(
    of.columns.flatMap(({ name }, index) =>
      columns.includes(name) ? [[name, sources[index] ?? ''] as const] : [],
    ),
  );
}
