import type { Database } from 'better-sqlite3';

/** How many numbers below the highest have no row. */
export interface RowGaps {
  readonly events: number;
  readonly texts: number;
  readonly runs: number;
}

/** What the last prune wrote down. Kept as a sum, so that it stays right whatever is pruned after it. */
export function announcedGaps(database: Database): RowGaps {
  const announced = database
    .prepare<[], RowGaps>('SELECT events, texts, runs FROM announced_gaps ORDER BY id DESC LIMIT 1')
    .get();
  return announced ?? { events: 0, texts: 0, runs: 0 };
}

export function rowGaps(database: Database): RowGaps {
  const gaps = (table: string, key: string): number =>
    database.prepare<[], number>(`SELECT coalesce(max(${key}), 0) - count(*) FROM ${table}`).pluck().get() ??
    0;
  return { events: gaps('events', 'id'), texts: gaps('blobs', 'id'), runs: gaps('run_keys', 'run') };
}
