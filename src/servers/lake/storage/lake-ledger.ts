import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/**
 * The lake's own tables in the warehouse's `catalog.sqlite`: what was loaded, which SQL was written, what was asked of a
 * person. Any number of processes may have it open; each change is one statement or one transaction.
 */
export function openLedger(warehouse: string): Database.Database {
  const database = new Database(join(warehouse, 'catalog.sqlite'), { timeout: lockWaitMs });
  database.pragma('synchronous = FULL');
  return withTables(database);
}

/**
 * The ledger as it is this moment, in memory, for who only looks at a lake: what it settles of its loads is not written. The file may
 * lie where nothing can be written.
 */
export function copyLedger(warehouse: string): Database.Database {
  const file = new Database(join(warehouse, 'catalog.sqlite'), { readonly: true, timeout: lockWaitMs });
  let bytes: Buffer;
  try {
    // Of a file that is no database SQLite says so when it is read, and not when it is copied.
    file.pragma('schema_version');
    bytes = file.serialize();
  } finally {
    file.close();
  }
  // In memory there is no write-ahead log, which an engine of its own may have asked for.
  bytes.fill(1, journalModeAt, journalModeAt + 2);
  return withTables(new Database(bytes));
}

/** Bytes 18 and 19 of a database say whether it is used with a write-ahead log (2) or without (1). */
const journalModeAt = 18;

function withTables(database: Database.Database): Database.Database {
  database.exec(`
    CREATE TABLE IF NOT EXISTS lake_loads (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      -- in each row of the load, and in the summary of its snapshots
      id TEXT NOT NULL UNIQUE,
      -- intended: its files are written and its commits may be made; done; rolled_back; abandoned: nothing of it is there
      status TEXT NOT NULL,
      table_name TEXT NOT NULL,
      -- a table that was dropped and made again has another one
      table_uuid TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      vendor_name TEXT NOT NULL,
      options_key TEXT NOT NULL,
      file TEXT NOT NULL,
      rows_read INTEGER NOT NULL,
      rows_loaded INTEGER NOT NULL,
      rows_rejected INTEGER NOT NULL,
      -- the load whose rows went with this one
      replaces TEXT,
      run_id TEXT,
      call_id TEXT,
      contract TEXT,
      -- the files of both tables, as JSON, until the load is done
      work TEXT,
      -- who makes the commits: host and process
      owner TEXT NOT NULL,
      snapshot_id TEXT,
      errors_snapshot_id TEXT,
      ingested_at_ms INTEGER NOT NULL,
      -- load; overwrite, partitions or append: the rows that a mapping set aside, whose own rows another commit brings
      kind TEXT NOT NULL DEFAULT 'load',
      -- when its owner began to make the commits: the file may have been read for hours before
      intended_at_ms INTEGER,
      -- which records of the file, as JSON: others of the same file are another load; null in loads of earlier versions
      part TEXT
    );
    CREATE INDEX IF NOT EXISTS lake_loads_of_table ON lake_loads (table_uuid, sha256);
    -- loads that a person ended because nobody could finish them
    CREATE TABLE IF NOT EXISTS lake_given_up (
      load_id TEXT PRIMARY KEY,
      -- given up; kept without rejects
      outcome TEXT NOT NULL,
      given_up_by TEXT NOT NULL,
      reason TEXT NOT NULL,
      at_ms INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS lake_statements (sha256 TEXT PRIMARY KEY, sql TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS lake_requests (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      -- open, approved, rejected
      status TEXT NOT NULL,
      kind TEXT NOT NULL,
      table_name TEXT NOT NULL,
      table_uuid TEXT NOT NULL,
      -- what the request is about, as JSON
      details TEXT NOT NULL,
      reason TEXT,
      run_id TEXT,
      call_id TEXT,
      requested_at_ms INTEGER NOT NULL,
      decided_by TEXT,
      decided_at_ms INTEGER,
      outcome TEXT
    );`);
  addColumns(database);
  return database;
}

/** What earlier versions' ledgers have not. */
function addColumns(database: Database.Database): void {
  const add = database.transaction(() => {
    const known = database.pragma('table_info(lake_loads)') as { name: string }[];
    for (const [name, type] of laterColumns) {
      if (!known.some((column) => column.name === name))
        database.exec(`ALTER TABLE lake_loads ADD COLUMN ${name} ${type}`);
    }
    database.exec(
      'CREATE INDEX IF NOT EXISTS lake_loads_replaced ON lake_loads (replaces) WHERE replaces IS NOT NULL',
    );
  });
  add.immediate();
}

const laterColumns = [
  ['kind', "TEXT NOT NULL DEFAULT 'load'"],
  ['intended_at_ms', 'INTEGER'],
  ['part', 'TEXT'],
] as const;

export type Ledger = Database.Database;

// Another process holds the lock for one row; ten seconds are for a machine that stands still.
const lockWaitMs = 10_000;

/** Host, process and when it began: in a container, the next process often has the number of the one before. */
export function thisProcess(): string {
  return `${hostname()}/${process.pid}/${Math.round(performance.timeOrigin)}`;
}

/**
 * Whether the process that makes a load's commits is gone. From the intention on they take milliseconds: one that is not done
 * ten minutes after it will not be, whoever has its number now.
 */
export function isGone(owner: string, sinceMs: number): boolean {
  if (owner === nobody) return true;
  if (owner === thisProcess()) return false;
  if (Date.now() - sinceMs > longestCommitMs) return true;
  return hasEnded(owner);
}

/** Whether a process of this machine has surely ended: that of another machine may live. */
export function hasEnded(owner: string): boolean {
  const [host, pid] = owner.split('/');
  if (host !== hostname() || owner === thisProcess()) return false;
  return Number(pid) === process.pid || !isRunning(Number(pid));
}

/** The owner of a load that could not be finished: whoever comes next may try. */
export const nobody = 'nobody';

const longestCommitMs = 600_000;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
