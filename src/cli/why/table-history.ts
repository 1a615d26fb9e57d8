import type { SnapshotFacts } from '../../lineage/answer.ts';
import {
  ancestorsOf,
  type FilePlan,
  planTable,
  readLiveEntries,
  readManifestList,
  type Snapshot,
  scanSql,
  type TableState,
} from '../../servers/lake/iceberg/index.ts';
import type { LakeReader } from './lake-reader.ts';

export function factsOf(snapshot: Snapshot): SnapshotFacts {
  const { summary } = snapshot;
  const count = (key: string): number | undefined =>
    summary[key] === undefined ? undefined : Number(summary[key]);
  const [addedRows, totalRows] = [count('added-records'), count('total-records')];
  return {
    id: snapshot['snapshot-id'],
    at: snapshot['timestamp-ms'],
    operation: summary.operation,
    ...(addedRows !== undefined && { addedRows }),
    ...(totalRows !== undefined && { totalRows }),
  };
}

export interface WrittenRows {
  /** Undefined when the snapshot that added them has expired. */
  readonly snapshot: Snapshot | undefined;
  readonly snapshotId: string;
  readonly rows: number;
}

/** The snapshots that brought the rows which are in this one, newest first. */
export async function writersOf(state: TableState, snapshot: Snapshot): Promise<WrittenRows[]> {
  const rows = new Map<string, number>();
  for (const { snapshotId, file } of await liveFiles(state, snapshot))
    rows.set(snapshotId, (rows.get(snapshotId) ?? 0) + file.recordCount);
  const ancestors = ancestorsOf(state.metadata, snapshot['snapshot-id']);
  const known = ancestors.filter((one) => rows.has(one['snapshot-id']));
  const written = known.map((one) => ({
    snapshot: one,
    snapshotId: one['snapshot-id'],
    rows: rows.get(one['snapshot-id']) ?? 0,
  }));
  const expired = [...rows].filter(([id]) => !known.some((one) => one['snapshot-id'] === id));
  return [
    ...written,
    ...expired.map(([snapshotId, count]) => ({ snapshot: undefined, snapshotId, rows: count })),
  ];
}

async function liveFiles({ metadata }: TableState, snapshot: Snapshot) {
  const manifests = (await readManifestList(snapshot)).filter(({ content }) => content === 0);
  return (await Promise.all(manifests.map((manifest) => readLiveEntries(manifest, metadata)))).flat();
}

/**
 * The snapshot that first brought the row: of the files that may hold it, the one that does. Where files were only
 * written anew (compaction), the one before is asked.
 */
export async function snapshotOfRow(
  lake: LakeReader,
  {
    state,
    snapshot,
    plan,
    condition,
  }: { state: TableState; snapshot: Snapshot; plan: FilePlan; condition: string },
): Promise<WrittenRows | undefined> {
  const added = new Map(
    (await liveFiles(state, snapshot)).map(({ file, snapshotId }) => [file.location, snapshotId]),
  );
  const holding = await fileOfRow(lake, plan, condition);
  const snapshotId = holding === undefined ? undefined : added.get(holding);
  if (snapshotId === undefined) return undefined;
  const writer = state.metadata.snapshots.find((one) => one['snapshot-id'] === snapshotId);
  const parent = writer && beforeRewrite(state, writer);
  if (!parent) return { snapshot: writer, snapshotId, rows: 1 };
  const earlier = await planTable(state, { at: { snapshotId: parent['snapshot-id'] } });
  return (
    (await snapshotOfRow(lake, { state, snapshot: parent, plan: earlier, condition })) ?? {
      snapshot: writer,
      snapshotId,
      rows: 1,
    }
  );
}

/** `replace` changes files and no rows. */
function beforeRewrite({ metadata }: TableState, writer: Snapshot): Snapshot | undefined {
  if (writer.summary.operation !== 'replace') return undefined;
  return metadata.snapshots.find((one) => one['snapshot-id'] === writer['parent-snapshot-id']);
}

async function fileOfRow(lake: LakeReader, plan: FilePlan, condition: string): Promise<string | undefined> {
  const [only, ...others] = plan.files;
  if (only && others.length === 0) return only.file.location;
  const selects = await Promise.all(
    plan.files.map(async (planned, index) => {
      const sql = await scanSql(lake.warehouse.engine, { plan: { ...plan, files: [planned] } });
      return `(SELECT ${index} AS file FROM (${sql}) WHERE ${condition} LIMIT 1)`;
    }),
  );
  for (let next = 0; next < selects.length; next += filesAtOnce) {
    const [found] = await lake.run(selects.slice(next, next + filesAtOnce).join(' UNION ALL '));
    if (found) return plan.files[Number(found['file'])]?.file.location;
  }
  return undefined;
}

// A statement over thousands of files takes longer to parse than to run.
const filesAtOnce = 100;
