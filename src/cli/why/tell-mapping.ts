import { isJsonObject, type Json } from '../../domain/json.ts';
import { messageOf } from '../../errors/index.ts';
import type { AppliedMapping, ColumnRule, Explanation, MappingInput } from '../../lineage/answer.ts';
import { IcebergError, type Snapshot, type TableState } from '../../servers/lake/iceberg/index.ts';
import { schemaOf } from '../../servers/lake/iceberg/metadata/read-metadata.ts';
import { snapshotAt } from '../../servers/lake/iceberg/read/plan-files.ts';
import { columnLineage } from '../../servers/lake/sql/column-lineage.ts';
import { summaryKeys } from '../../servers/lake/storage/summary-keys.ts';
import { keyOfRow } from './find-row.ts';
import { type FollowedRows, followRows } from './follow-rows.ts';
import { openInputs } from './open-inputs.ts';
import type { Sources } from './question.ts';
import type { WriterRequest } from './tell-writer.ts';

type MappingRequest = WriterRequest & { readonly snapshot: Snapshot };

export interface ToldMapping {
  readonly told: AppliedMapping;
  readonly missing: readonly string[];
}

/** The SQL that wrote a snapshot: the rule of each column, the rows behind a row, and why those are as they are. */
export async function tellMapping(sources: Sources, request: MappingRequest): Promise<ToldMapping> {
  const { summary } = request.snapshot;
  const sqlSha256 = summary[summaryKeys.sqlSha256] ?? '';
  const [statement] = sources.lake.records('SELECT sql FROM lake_statements WHERE sha256 = ?', sqlSha256);
  const written = statement && String(statement['sql']);
  const inputs = inputsOf(summary[summaryKeys.inputs]);
  const document = summary[summaryKeys.mapping];
  const missing: string[] = [];
  if (written === undefined)
    missing.push(`The lake does not hold the SQL with the hash ${sqlSha256} any more.`);
  const opened = await openInputs(sources.lake, { sql: written, inputs });
  missing.push(...opened.missing);
  const rules =
    opened.sql === undefined
      ? []
      : await rulesOf(sources, { sql: opened.sql, request, columnsOf: opened.columnsOf, missing });
  const followed =
    request.row && opened.sql !== undefined
      ? await followRows(sources.lake, { sql: opened.sql, request, row: request.row, rules })
      : undefined;
  const asked = request.question.column;
  const told: AppliedMapping = {
    ...(document !== undefined && { document: sources.approvals.of('mapping', document) }),
    sqlSha256,
    ...(written !== undefined && { sql: written }),
    columns: asked === undefined ? rules : rules.filter(({ column }) => column === asked),
    ...(followed && { recomputed: followed.recomputed, rowsFollowed: followed.how }),
    notes: followed?.notes ?? [],
    inputs: await explainInputs(sources, { inputs, request, rules, followed }),
  };
  return { told, missing };
}

type Inputs = ReadonlyMap<string, string | null>;

function inputsOf(text: string | undefined): Inputs {
  if (text === undefined) return new Map();
  const value = JSON.parse(text) as Json;
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return new Map(entries.map(([table, id]) => [table, id === null || id === undefined ? null : String(id)]));
}

async function rulesOf(
  { lake }: Sources,
  {
    sql,
    request,
    columnsOf,
    missing,
  }: {
    sql: string;
    request: MappingRequest;
    columnsOf: (table: string) => readonly string[] | undefined;
    missing: string[];
  },
): Promise<ColumnRule[]> {
  try {
    const { columns, others } = await columnLineage(lake, { sql, columnsOf });
    const { fields } = schemaOf(
      request.state.metadata,
      request.snapshot['schema-id'] ?? request.state.metadata['current-schema-id'],
    );
    return fields.flatMap(({ name }, index): ColumnRule[] => {
      const byName = columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
      // An expression without a name is known by its place.
      const rule = byName ?? (columns.length === fields.length ? columns[index] : undefined);
      if (rule) return [{ ...rule, column: name }];
      return others ? [{ ...others, column: name, expressions: [] }] : [];
    });
  } catch (error) {
    missing.push(`The SQL cannot be read: ${messageOf(error)}`);
    return [];
  }
}

// Three vendors of one product are told; of three thousand rows in a sum, three.
const rowsTold = 3;

async function explainInputs(
  sources: Sources,
  {
    inputs,
    request,
    rules,
    followed,
  }: {
    inputs: Inputs;
    request: MappingRequest;
    rules: readonly ColumnRule[];
    followed: FollowedRows | undefined;
  },
): Promise<MappingInput[]> {
  const { question } = request;
  const told: MappingInput[] = [];
  for (const [view, snapshotId] of inputs) {
    const table = view.replace(/@.*$/, '');
    const rows = followed?.rows.get(view);
    const input = { table, snapshotId, ...(rows && { rowsBehind: rows.count }) };
    if (snapshotId === null || question.depth <= 0) told.push({ ...input, explanations: [] });
    else if (request.row)
      told.push({
        ...input,
        explanations: rows
          ? await explainRows(sources, {
              table,
              snapshotId,
              rows: rows.rows.slice(0, rowsTold),
              request,
              rules,
            })
          : [],
      });
    else
      told.push({
        ...input,
        explanations: await explainColumns(sources, { table, snapshotId, request, rules }),
      });
  }
  return told;
}

interface InputRequest {
  readonly table: string;
  readonly snapshotId: string;
  readonly request: MappingRequest;
  readonly rules: readonly ColumnRule[];
}

async function explainRows(
  sources: Sources,
  { rows, ...input }: InputRequest & { rows: readonly Record<string, Json>[] },
): Promise<Explanation[]> {
  const told: Explanation[] = [];
  for (const values of rows) {
    const state = await tableOrNothing(sources, input.table);
    if (!state) continue;
    const snapshot = snapshotAt(state.metadata, { snapshotId: input.snapshotId });
    const schema = schemaOf(state.metadata, snapshot?.['schema-id'] ?? state.metadata['current-schema-id']);
    told.push(
      await explainInput(sources, {
        ...input,
        key: keyOfRow({ schema, values }),
        column: directColumns(input)[0],
      }),
    );
  }
  return told;
}

/** Of a column: the columns that it is made of. Of a table: the table. */
async function explainColumns(sources: Sources, input: InputRequest): Promise<Explanation[]> {
  const isColumn = input.request.question.column !== undefined;
  const columns = isColumn ? directColumns(input) : [undefined];
  const told: Explanation[] = [];
  for (const column of columns) told.push(await explainInput(sources, { ...input, column }));
  return told;
}

function directColumns({ table, request, rules }: InputRequest): string[] {
  const asked = rules.find(({ column }) => column === request.question.column);
  return (asked?.direct ?? [])
    .filter((source) => source.table.toLowerCase().replace(/@.*$/, '') === table && source.column !== '*')
    .map(({ column }) => column);
}

/** A table that is gone, or whose snapshot expired, ends the chain there and says so. */
async function explainInput(
  sources: Sources,
  {
    table,
    snapshotId,
    request,
    key,
    column,
  }: InputRequest & { key?: Readonly<Record<string, string | null>>; column?: string | undefined },
): Promise<Explanation> {
  const depth = request.question.depth - 1;
  try {
    const name = nameIn(sources, table);
    return await sources.explain({
      table: name,
      at: { snapshotId },
      depth,
      ...(key && { key }),
      ...(column !== undefined && { column }),
    });
  } catch (error) {
    const missing = [`${table} at snapshot ${snapshotId} cannot be explained: ${messageOf(error)}`];
    return {
      table,
      ...(column !== undefined && { column }),
      writers: [],
      furtherWriters: 0,
      decisions: [],
      missing,
    };
  }
}

const nameIn = ({ lake }: Sources, table: string): string =>
  lake.tables().find((name) => name.toLowerCase() === table.toLowerCase()) ?? table;

async function tableOrNothing(sources: Sources, table: string): Promise<TableState | undefined> {
  try {
    return await sources.lake.state(nameIn(sources, table));
  } catch (error) {
    if (IcebergError.is(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}
