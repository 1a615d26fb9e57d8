import { ancestorsOf, loadTable, type Snapshot, tableName, type Warehouse } from '../iceberg/index.ts';
import { summaryKeys } from './summary-keys.ts';

/** One change of a table's rows. */
export interface HistoryEntry {
  readonly snapshot: string;
  /** ISO, UTC. */
  readonly time: string;
  readonly operation: string;
  readonly added_rows: number;
  readonly removed_rows: number;
  readonly total_rows?: number;
  /** False after a rollback behind it: its rows are not in the table. */
  readonly in_table: boolean;
  readonly run?: string;
  readonly call?: string;
  readonly tool?: string;
  readonly file?: string;
  readonly contract?: string;
  readonly mapping?: string;
}

/** The snapshots that the table still knows, newest first. */
export async function readHistory(
  warehouse: Warehouse,
  { table, limit }: { table: string; limit: number },
): Promise<{ readonly entries: readonly HistoryEntry[]; readonly total: number }> {
  const { metadata } = await loadTable(warehouse, tableName(table));
  const present = new Set(
    ancestorsOf(metadata, metadata['current-snapshot-id']).map((snapshot) => snapshot['snapshot-id']),
  );
  // The format's own order: clocks of several writers may differ.
  const newest = metadata.snapshots.toSorted(
    (left, right) => (right['sequence-number'] ?? 0) - (left['sequence-number'] ?? 0),
  );
  const entries = newest.slice(0, limit).map((snapshot) => entryOf(snapshot, present));
  return { entries, total: newest.length };
}

export function entryOf(snapshot: Snapshot, present: ReadonlySet<string>): HistoryEntry {
  const { summary } = snapshot;
  const total = summary['total-records'];
  return {
    snapshot: snapshot['snapshot-id'],
    time: new Date(snapshot['timestamp-ms']).toISOString(),
    operation: summary.operation,
    added_rows: Number(summary['added-records'] ?? 0),
    removed_rows: Number(summary['deleted-records'] ?? 0),
    ...(total !== undefined && { total_rows: Number(total) }),
    in_table: present.has(snapshot['snapshot-id']),
    ...namedKeys(summary),
  };
}

function namedKeys(summary: Snapshot['summary']): Record<string, string> {
  const shown = ['run', 'call', 'tool', 'file', 'contract', 'mapping'] as const;
  return Object.fromEntries(
    shown.flatMap((name) => {
      const value = summary[summaryKeys[name]];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
