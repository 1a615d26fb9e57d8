import { join } from 'node:path';
import { openReadOnly } from '../why/read-only-database.ts';
import type { LostWrite } from './read-lake.ts';

/** The snapshots that calls made, as far as the lake's ledger of loads knows: it stays when they expire. */
export function snapshotsOfCalls(warehouse: string, calls: readonly string[]): readonly LostWrite[] {
  const database = openReadOnly(join(warehouse, 'catalog.sqlite'));
  try {
    const find = database.prepare<[string], { id: string }>(
      `SELECT snapshot_id AS id FROM lake_loads WHERE call_id = ? AND kind = 'load' AND snapshot_id IS NOT NULL`,
    );
    return calls.map((call) => ({ call, snapshot: find.get(call)?.id ?? null }));
  } finally {
    database.close();
  }
}
