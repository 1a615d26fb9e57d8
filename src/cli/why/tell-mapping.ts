import type { Json } from '../../domain/json.ts';
import { messageOf } from '../../errors/index.ts';
import type { AppliedMapping, ColumnRule, Explanation, MappingInput } from '../../lineage/answer.ts';
import { IcebergError, type Snapshot, schemaOf, snapshotAt } from '../../servers/lake/iceberg/index.ts';
import { summaryKeys } from '../../servers/lake/storage/summary-keys.ts';
import { keyOfRow } from './find-row.ts';
import { type FollowedRows, followRows } from './follow-rows.ts';
import type { Sources } from './question.ts';
import { type Inputs, readStatement } from './read-statement.ts';
import { reviewedColumns } from './reviewed-columns.ts';
import type { WriterRequest } from './tell-writer.ts';

type MappingRequest = WriterRequest & { readonly snapshot: Snapshot };

export interface ToldMapping {
  readonly told: AppliedMapping;
  readonly missing: readonly string[];
}

/** The SQL that wrote a snapshot: the rule of each column, the rows behind a row, and why those are as they are. */
export async function tellMapping(sources: Sources, request: MappingRequest): Promise<ToldMapping> {
  const { summary } = request.snapshot;
  const { sql, runnable, inputs, unread, rules, missing } = await readStatement(sources.lake, request);
  const followed =
    request.row && runnable !== undefined
      ? await followRows(sources.lake, { sql: runnable, request, row: request.row, rules, unread })
      : undefined;
  const document = summary[summaryKeys.mapping];
  const asked = request.question.column;
  const reviewed = reviewedColumns(sources.approvals, { document, sql });
  const isAsked = ({ column }: { readonly column: string }): boolean =>
    asked === undefined || column.toLowerCase() === asked.toLowerCase();
  const told: AppliedMapping = {
    ...(document !== undefined && { document: sources.approvals.of('mapping', document) }),
    sqlSha256: summary[summaryKeys.sqlSha256] ?? '',
    ...(sql !== undefined && { sql }),
    columns: rules.filter(isAsked),
    reviewed: reviewed.columns.filter(isAsked),
    ...(followed && { recomputed: followed.recomputed, rowsFollowed: followed.how }),
    notes: [...reviewed.notes, ...(followed?.notes ?? [])],
    inputs: await explainInputs(sources, { inputs, request, rules, followed }),
  };
  return { told, missing };
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
    const input = { table, snapshotId, ...(rows && rowsFacts(rows)) };
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

const rowsFacts = ({ count, places = 1 }: { readonly count: number; readonly places?: number }) => ({
  rowsBehind: count,
  ...(places > 1 && { readInPlaces: places }),
});

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
  const column = directColumns(input)[0];
  const told: Explanation[] = [];
  for (const values of rows) {
    try {
      const state = await sources.lake.state(nameIn(sources, input.table));
      const snapshot = snapshotAt(state.metadata, { snapshotId: input.snapshotId });
      const schema = schemaOf(state.metadata, snapshot?.['schema-id'] ?? state.metadata['current-schema-id']);
      told.push(await explainInput(sources, { ...input, key: keyOfRow({ schema, values }), column }));
    } catch (error) {
      if (!IcebergError.is(error)) throw error;
      if (error.code !== 'NOT_FOUND') told.push(unexplained(input, { column, error }));
    }
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
    return unexplained({ table, snapshotId }, { column, error });
  }
}

function unexplained(
  { table, snapshotId }: Pick<InputRequest, 'table' | 'snapshotId'>,
  { column, error }: { readonly column: string | undefined; readonly error: unknown },
): Explanation {
  return {
    table,
    ...(column !== undefined && { column }),
    writers: [],
    furtherWriters: 0,
    decisions: [],
    missing: [`${table} at snapshot ${snapshotId} cannot be explained: ${messageOf(error)}`],
  };
}

const nameIn = ({ lake }: Sources, table: string): string =>
  lake.tables().find((name) => name.toLowerCase() === table.toLowerCase()) ?? table;
