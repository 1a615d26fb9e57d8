import { DefinitionError, nearest } from '../../errors/index.ts';
import type { Explanation, TableDecision } from '../../lineage/answer.ts';
import {
  IcebergError,
  type Snapshot,
  schemaOf,
  snapshotAt,
  type TableState,
} from '../../servers/lake/iceberg/index.ts';
import { type FoundRow, findRow, type RowKey } from './find-row.ts';
import type { LakeReader } from './lake-reader.ts';
import { nearRows } from './near-rows.ts';
import type { Question, Sources } from './question.ts';
import { rejectedWith } from './rejected-with.ts';
import { factsOf, snapshotOfRow, type WrittenRows, writersOf } from './table-history.ts';
import { tellWriter } from './tell-writer.ts';

// One screen of writers; a table of a thousand loads has a thousand.
const writersTold = 10;

/** From a table, a column or a row back to what wrote it, and further through what that read. */
export async function explain(sources: Sources, question: Question): Promise<Explanation> {
  const { table, column, key } = question;
  const state = await sources.lake.state(table);
  const snapshot = stateAt(state, question);
  const named = columnNamed(state, { snapshot, question });
  const head = { table, ...(column !== undefined && { column: named ?? column }) };
  const decisions = decisionsOf(sources.lake, state);
  if (!snapshot) {
    return {
      ...head,
      writers: [],
      furtherWriters: 0,
      decisions,
      missing: [`${table} has no snapshot: nothing was written to it yet.`],
    };
  }
  const facts = { ...head, snapshot: factsOf(snapshot) };
  const told = JSON.stringify([table, snapshot['snapshot-id'], named, key]);
  if (sources.told.has(told))
    return { ...facts, writers: [], furtherWriters: 0, decisions: [], missing: [], seenAbove: true };
  sources.told.add(told);
  if (key === undefined)
    return {
      ...facts,
      ...(await explainTable(sources, { state, snapshot, question: { ...question, column: named } })),
      decisions,
    };
  return {
    ...facts,
    ...(await explainRow(sources, { state, snapshot, question: { ...question, column: named }, key })),
    decisions,
  };
}

interface Asked {
  readonly state: TableState;
  readonly snapshot: Snapshot;
  readonly question: Question;
}

type Told = Omit<Explanation, 'table' | 'snapshot' | 'column' | 'decisions'>;

async function explainTable(sources: Sources, { state, snapshot, question }: Asked): Promise<Told> {
  const all = await writersOf(state, snapshot);
  const writers = [];
  for (const written of all.slice(0, writersTold))
    writers.push(await tellWriter(sources, { state, written, question }));
  return { writers, furtherWriters: all.length - writers.length, missing: [] };
}

async function explainRow(
  sources: Sources,
  { state, snapshot, question, key }: Asked & { key: RowKey },
): Promise<Told> {
  const row = await findRow(sources.lake, { state, snapshot, key });
  if (!row) {
    const at = question.at ? ' at that moment' : '';
    const absent = `No row of ${question.table} has ${wordsOf(key)}${at}.`;
    const near = await nearRows(sources, { table: question.table, state, snapshot, key });
    const rejected = await rejectedWith(sources, {
      table: question.table,
      key,
      ways: near.ways,
      ...(question.at && { untilMs: momentOf(question.at, snapshot) }),
    });
    return { writers: [], furtherWriters: 0, missing: [absent, ...near.words, ...rejected] };
  }
  const { key: exact, values, found, own } = row;
  const explained = { row: { key: exact, values, found, ...(own && { own }) } };
  const written = await writerOfRow(sources.lake, { state, snapshot, row });
  if (!written)
    return {
      ...explained,
      writers: [],
      furtherWriters: 0,
      missing: ['The file that holds the row is in no snapshot of the table.'],
    };
  const writer = await tellWriter(sources, { state, written, question, row });
  return { ...explained, writers: [writer], furtherWriters: 0, missing: [] };
}

const momentOf = (at: NonNullable<Question['at']>, snapshot: Snapshot): number =>
  'timestampMs' in at ? at.timestampMs : snapshot['timestamp-ms'];

const writerOfRow = (
  lake: LakeReader,
  { state, snapshot, row }: { state: TableState; snapshot: Snapshot; row: FoundRow },
): Promise<WrittenRows | undefined> =>
  snapshotOfRow(lake, { state, snapshot, plan: row.plan, condition: row.condition });

export const wordsOf = (key: RowKey): string =>
  Object.entries(key)
    .map(([column, value]) => `${column} = ${value === '' ? '""' : (value ?? 'NULL')}`)
    .join(', ');

function stateAt({ metadata }: TableState, { table, at }: Question): Snapshot | undefined {
  try {
    return snapshotAt(metadata, at);
  } catch (error) {
    if (!IcebergError.is(error, 'NOT_FOUND')) throw error;
    const known = metadata.snapshots
      .slice(-5)
      .map((one) => `${one['snapshot-id']} (${new Date(one['timestamp-ms']).toISOString()})`);
    throw new DefinitionError({
      code: 'USAGE',
      message: `${table}: ${error.message}`,
      hint: `its newest snapshots: ${known.join(', ') || 'none'}.`,
      cause: error,
    });
  }
}

function columnNamed(
  { metadata }: TableState,
  { snapshot, question: { table, column } }: { snapshot: Snapshot | undefined; question: Question },
): string | undefined {
  if (column === undefined) return undefined;
  const { fields } = schemaOf(metadata, snapshot?.['schema-id'] ?? metadata['current-schema-id']);
  const field = fields.find(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (field) return field.name;
  const names = fields.map(({ name }) => name);
  const [near] = nearest(column, names);
  throw new DefinitionError({
    code: 'USAGE',
    message: `${table} has no column "${column}".`,
    hint: `${near === undefined ? '' : `did you mean ${near}? `}columns: ${names.join(', ')}.`,
  });
}

/** What people decided about the table as a whole: rollbacks. */
function decisionsOf(lake: LakeReader, { metadata }: TableState): TableDecision[] {
  const rows = lake.records(
    'SELECT * FROM lake_requests WHERE table_uuid = ? ORDER BY number',
    metadata['table-uuid'],
  );
  return rows.map((row) => ({
    what: `${String(row['kind'])} (request ${String(row['number'])})`,
    status: String(row['status']),
    ...(row['decided_by'] !== null && { by: String(row['decided_by']) }),
    ...(row['decided_at_ms'] !== null && { at: Number(row['decided_at_ms']) }),
    ...(row['reason'] !== null && { reason: String(row['reason']) }),
    ...(row['call_id'] !== null && { call: String(row['call_id']) }),
  }));
}
