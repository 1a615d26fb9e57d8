import type { Json } from '../../domain/json.ts';
import type { Load, Writer } from '../../lineage/answer.ts';
import type { CallStory, FoundCall } from '../../lineage/call-story.ts';
import type { Snapshot, TableState } from '../../servers/lake/iceberg/index.ts';
import { ingestErrorsTable } from '../../servers/lake/storage/audit-columns.ts';
import { summaryKeys } from '../../servers/lake/storage/summary-keys.ts';
import type { FoundRow } from './find-row.ts';
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
  const { snapshot, snapshotId, rows } = request.written;
  if (!snapshot) {
    const gone = `Snapshot ${snapshotId} has expired: the lake no longer says who wrote these rows.`;
    const load = loadOfRow(sources, request);
    return {
      snapshot: { id: snapshotId, at: 0, operation: 'unknown' },
      rows,
      missing: [gone],
      ...(load && { load: await withSource(sources, { load, story: undefined }) }),
    };
  }
  const { summary } = snapshot;
  const { story, missing } = callOf(sources, snapshot);
  const load = loadOf(sources, { snapshot, request });
  const contract = summary[summaryKeys.contract];
  const mapping =
    summary[summaryKeys.sqlSha256] === undefined
      ? undefined
      : await tellMapping(sources, { ...request, snapshot });
  return {
    snapshot: factsOf(snapshot),
    ...(summary[summaryKeys.tool] !== undefined && { tool: summary[summaryKeys.tool] }),
    ...(request.row === undefined && { rows }),
    ...(story && { call: story }),
    ...(contract !== undefined && { contract: sources.approvals.of('contract', contract) }),
    ...(load && { load: await withSource(sources, { load, story, hasRow: request.row !== undefined }) }),
    ...(mapping && { mapping: mapping.told }),
    missing: [...missing, ...unread(sources, summary), ...(mapping?.missing ?? [])],
  };
}

/** Of a document that the snapshot names. */
function unread({ approvals }: Sources, summary: Snapshot['summary']): readonly string[] {
  const isNamed = summary[summaryKeys.contract] !== undefined || summary[summaryKeys.mapping] !== undefined;
  return isNamed && approvals.unread !== undefined ? [approvals.unread] : [];
}

function callOf({ calls }: Sources, { summary, 'snapshot-id': id }: Snapshot): FoundCall {
  const key = summary[summaryKeys.call];
  if (key !== undefined) return calls.find(key);
  const by = summary[summaryKeys.tool];
  const missing = `Snapshot ${id} names no call${by === undefined ? ' and no tool of the lake: another program wrote it' : `: ${by} was not called by a run`}.`;
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
    ...(ledger && {
      rowsRead: Number(ledger['rows_read']),
      rowsLoaded: Number(ledger['rows_loaded']),
      rowsRejected: Number(ledger['rows_rejected']),
    }),
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
