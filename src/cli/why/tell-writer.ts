import type { Json } from '../../domain/json.ts';
import type { Load, Writer } from '../../lineage/answer.ts';
import type { CallStory, FoundCall } from '../../lineage/call-story.ts';
import type { Snapshot, TableState } from '../../servers/lake/iceberg/index.ts';
import { ingestErrorsTable } from '../../servers/lake/storage/audit-columns.ts';
import { outsideWriter } from '../../servers/lake/storage/outside-writer.ts';
import { summaryKeys } from '../../servers/lake/storage/summary-keys.ts';
import type { FoundRow } from './find-row.ts';
import type { SqlRow } from './lake-reader.ts';
import type { Question, Sources } from './question.ts';
import { factsOf, type WrittenRows } from './table-history.ts';
import { tellMapping } from './tell-mapping.ts';

export interface WriterRequest {
  readonly state: TableState;
  readonly written: WrittenRows;
  readonly question: Question;
  /** The row that is explained, if one is. */
  readonly row?: FoundRow;
}

/** Who made a snapshot and from what: its summary, joined with the log by the call's key. */
export async function tellWriter(sources: Sources, request: WriterRequest): Promise<Writer> {
  const { snapshot } = request.written;
  const kept =
    snapshot === undefined || snapshot.summary.operation === 'replace'
      ? await tellExpired(sources, request)
      : undefined;
  if (kept) return kept;
  return snapshot ? tellKnown(sources, { ...request, snapshot }) : nobodyKnown(sources, request);
}

async function tellKnown(
  sources: Sources,
  { snapshot, ...request }: WriterRequest & { readonly snapshot: Snapshot },
): Promise<Writer> {
  const { rows } = request.written;
  const { summary } = snapshot;
  const { story, missing } = callOf(sources, snapshot);
  const load = loadOf(sources, { snapshot, request });
  const contract = summary[summaryKeys.contract];
  const mapping =
    summary[summaryKeys.sqlSha256] === undefined
      ? undefined
      : await tellMapping(sources, { ...request, snapshot });
  const outside = outsideWriter(summary);
  return {
    snapshot: factsOf(snapshot),
    ...(outside !== undefined && { outside }),
    ...(summary[summaryKeys.tool] !== undefined && { tool: summary[summaryKeys.tool] }),
    ...(request.row === undefined && { rows }),
    ...(story && { call: story }),
    ...(contract !== undefined && { contract: sources.approvals.of('contract', contract) }),
    ...(load && { load: await withSource(sources, { load, story, hasRow: request.row !== undefined }) }),
    ...(mapping && { mapping: mapping.told }),
    missing: [...missing, ...unread(sources, summary), ...(mapping?.missing ?? [])],
  };
}

/** The row itself may say where it is from. */
async function nobodyKnown(sources: Sources, request: WriterRequest): Promise<Writer> {
  const { snapshotId, rows } = request.written;
  const load = loadOfRow(sources, request);
  return {
    snapshot: { id: snapshotId, at: 0, operation: 'unknown' },
    rows,
    ...(load && { load: await withSource(sources, { load, story: undefined }) }),
    missing: [`Snapshot ${snapshotId} has expired: the lake no longer says who wrote these rows.`],
  };
}

/** The lake keeps its loads when the snapshots that they made expire. Compaction of such files leaves no other trace of them. */
async function tellExpired(sources: Sources, request: WriterRequest): Promise<Writer | undefined> {
  const { snapshotId, rows } = request.written;
  const kept = keptLoad(sources, request);
  if (!kept) return undefined;
  const { call_id: call, contract } = kept;
  const { story, missing } =
    typeof call === 'string' ? sources.calls.find(call) : { story: undefined, missing: [] };
  const load = loadOfRow(sources, request) ?? recordedLoad(kept);
  return {
    snapshot: {
      id: String(kept['snapshot_id'] ?? snapshotId),
      at: Number(kept['ingested_at_ms']),
      operation: 'expired',
    },
    tool: 'ingest',
    ...(request.row === undefined && { rows }),
    ...(story && { call: story }),
    ...(typeof contract === 'string' && { contract: sources.approvals.of('contract', contract) }),
    load: await withSource(sources, { load, story, hasRow: request.row !== undefined }),
    missing,
  };
}

/** By the row, which names its load; without one by the snapshot. */
function keptLoad({ lake }: Sources, request: WriterRequest): SqlRow | undefined {
  const id = placeOfRow(request)?.id;
  const rows =
    id === undefined
      ? lake.records('SELECT * FROM lake_loads WHERE snapshot_id = ?', request.written.snapshotId)
      : lake.records('SELECT * FROM lake_loads WHERE id = ?', id);
  const { state, question } = request;
  const isRejected = question.table.toLowerCase() === ingestErrorsTable;
  // SQL may carry `_load_id` along into another table; and what a mapping set aside is kept as a load too, of no file.
  return rows.find(
    ({ kind = 'load', table_uuid: uuid }) =>
      kind === 'load' && (isRejected || uuid === state.metadata['table-uuid']),
  );
}

function recordedLoad(kept: SqlRow): Load {
  return {
    id: String(kept['id']),
    file: String(kept['file']),
    sha256: String(kept['sha256']),
    vendor: String(kept['vendor_name']),
    ...countsOf(kept),
  };
}

const countsOf = (kept: SqlRow): Pick<Load, 'rowsRead' | 'rowsLoaded' | 'rowsRejected'> => ({
  rowsRead: Number(kept['rows_read']),
  rowsLoaded: Number(kept['rows_loaded']),
  rowsRejected: Number(kept['rows_rejected']),
});

/** Of a document that the snapshot names. */
function unread({ approvals }: Sources, summary: Snapshot['summary']): readonly string[] {
  const isNamed = summary[summaryKeys.contract] !== undefined || summary[summaryKeys.mapping] !== undefined;
  return isNamed && approvals.unread !== undefined ? [approvals.unread] : [];
}

function callOf({ calls }: Sources, { summary, 'snapshot-id': id }: Snapshot): FoundCall {
  const key = summary[summaryKeys.call];
  if (key !== undefined) return calls.find(key);
  const outside = outsideWriter(summary);
  const missing =
    outside === undefined
      ? `Snapshot ${id} names no call: ${summary[summaryKeys.tool] ?? 'its writer'} was not called by a run.`
      : `Snapshot ${id} names no call and no tool of the lake: it was written from outside by ${outside}.`;
  return { story: undefined, missing: [missing] };
}

function loadOf(
  sources: Sources,
  { snapshot, request }: { snapshot: Snapshot; request: WriterRequest },
): Load | undefined {
  const { summary } = snapshot;
  const file = summary[summaryKeys.file];
  // SQL may carry the columns of a bronze row along: that row is behind it, and says so itself.
  if (summary[summaryKeys.sqlSha256] !== undefined) return undefined;
  if (file === undefined) return loadOfRow(sources, request);
  const id = summary[summaryKeys.load];
  const vendor = summary[summaryKeys.vendor];
  const line = request.row && placeOfRow(request)?.line;
  return {
    ...(id !== undefined && { id }),
    file,
    sha256: summary[summaryKeys.fileSha256] ?? '',
    ...(vendor !== undefined && { vendor }),
    rowsRead: Number(summary[summaryKeys.rowsRead]),
    rowsLoaded: Number(summary[summaryKeys.rowsLoaded]),
    rowsRejected: Number(summary[summaryKeys.rowsRejected]),
    ...(line !== undefined && { line }),
  };
}

/** What the row itself says of its origin, when its snapshot says nothing. */
function loadOfRow({ lake }: Sources, request: WriterRequest): Load | undefined {
  const place = placeOfRow(request);
  if (!place) return undefined;
  const { id, ...load } = place;
  const [ledger] = lake.records('SELECT * FROM lake_loads WHERE id = ?', id ?? '');
  return {
    ...(id !== undefined && { id }),
    ...load,
    ...(ledger && countsOf(ledger)),
  };
}

/**
 * Where `ingest` read the row: its own columns `_source_file` and the like, or those of a rejected record. A table's
 * columns of other names, `source_file` among them, are data: they may say anything.
 */
function placeOfRow({
  row,
  question,
}: WriterRequest): Pick<Load, 'id' | 'file' | 'sha256' | 'vendor' | 'line'> | undefined {
  const isRejected = question.table.toLowerCase() === ingestErrorsTable;
  const value = (name: string): Json | undefined =>
    row?.values[isRejected ? (name === '_source_line' ? 'line' : name.slice(1)) : name];
  const [file, sha256, vendor] = [value('_source_file'), value('_source_sha256'), value('_vendor_name')];
  if (typeof file !== 'string' || typeof sha256 !== 'string') return undefined;
  const [id, line] = [value('_load_id'), value('_source_line')];
  return {
    ...(typeof id === 'string' && { id }),
    file,
    sha256,
    ...(typeof vendor === 'string' && { vendor }),
    ...(line !== undefined && line !== null && { line: Number(line) }),
  };
}

async function withSource(
  { files, lake }: Sources,
  { load, story, hasRow = true }: { load: Load; story: CallStory | undefined; hasRow?: boolean },
): Promise<Load> {
  const [ledger] =
    load.id === undefined ? [] : lake.records('SELECT options_key FROM lake_loads WHERE id = ?', load.id);
  const options = ledger ? String(ledger['options_key']) : undefined;
  const source = await files.record({ load, story, options, wantsText: hasRow && load.line !== undefined });
  return { ...load, source };
}
