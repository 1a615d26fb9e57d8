import type { Load, Writer } from '../../lineage/answer.ts';
import type { CallStory, FoundCall } from '../../lineage/call-story.ts';
import type { Snapshot, TableState } from '../../servers/lake/iceberg/index.ts';
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
    const load = request.row && loadOfRow(sources, request.row);
    return {
      snapshot: { id: snapshotId, at: 0, operation: 'unknown' },
      rows,
      missing: [gone],
      ...(load && { load: await withSource(sources, { load, story: undefined }) }),
    };
  }
  const { summary } = snapshot;
  const { story, missing } = callOf(sources, snapshot);
  const load = loadOf(sources, { snapshot, row: request.row });
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
    missing: [...missing, ...(mapping?.missing ?? [])],
  };
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
  { snapshot, row }: { snapshot: Snapshot; row: FoundRow | undefined },
): Load | undefined {
  const { summary } = snapshot;
  const file = summary[summaryKeys.file];
  if (file === undefined) return row && loadOfRow(sources, row);
  const id = summary[summaryKeys.load];
  const vendor = summary[summaryKeys.vendor];
  const line = lineOf(row);
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
function loadOfRow({ lake }: Sources, row: FoundRow): Load | undefined {
  const { values } = row;
  const file = values['_source_file'] ?? values['source_file'];
  if (typeof file !== 'string') return undefined;
  const id = values['_load_id'] ?? values['load_id'];
  const [ledger] = lake.records('SELECT * FROM lake_loads WHERE id = ?', String(id));
  const vendor = values['_vendor_name'] ?? values['vendor_name'];
  const line = lineOf(row);
  return {
    ...(id !== undefined && id !== null && { id: String(id) }),
    file,
    sha256: String(values['_source_sha256'] ?? values['source_sha256'] ?? ''),
    ...(typeof vendor === 'string' && { vendor }),
    ...(ledger && {
      rowsRead: Number(ledger['rows_read']),
      rowsLoaded: Number(ledger['rows_loaded']),
      rowsRejected: Number(ledger['rows_rejected']),
    }),
    ...(line !== undefined && { line }),
  };
}

function lineOf(row: FoundRow | undefined): number | undefined {
  const line = row?.values['_source_line'] ?? row?.values['line'];
  return line === undefined || line === null ? undefined : Number(line);
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
