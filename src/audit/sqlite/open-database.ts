import { existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import Database from 'better-sqlite3';
import { LogError, messageOf } from '../../errors/index.ts';
import { sqliteCode, unopenable } from './log-errors.ts';
import { applicationId, migrate, schemaVersion } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { readUnwritable } from './read-unwritable.ts';

export type Durability = 'full' | 'normal';

export interface DatabaseOptions {
  /** Absolute path. */
  readonly file: string;
  readonly durability: Durability;
  readonly readOnly: boolean;
  /** How long to wait for another process that writes, before LOG_UNWRITABLE. */
  readonly busyTimeoutMs: number;
  /** Told when an older log was brought to the newest version. */
  readonly onUpgraded?: ((versions: Upgrade) => void) | undefined;
}

export interface Upgrade {
  readonly from: number;
  readonly to: number;
}

/**
 * Opens the file as an audit log of the newest version; makes it when it is not there, unless it is opened for reading.
 * A database that is not ours is refused before anything in it was changed. Throws LogError LOG_UNOPENABLE or LOG_FOREIGN.
 */
export function openDatabase(options: DatabaseOptions): Database.Database {
  prepareFolder(options);
  return options.readOnly ? openForReading(options) : openForWriting(options);
}

function openForWriting(options: DatabaseOptions): Database.Database {
  return prepared(connect(options), options.file, (database) => {
    assertOurs(database, options);
    prepareForWriting(database, options);
  });
}

/** The views of an older log are not those that are read here: it is brought up to date first. */
function openForReading(options: DatabaseOptions): Database.Database {
  const { file } = options;
  const database = prepared(connectForReading(options), file, (opened) => assertOurs(opened, options));
  const version = schemaVersion(database);
  if (version === migrations.length) return database;
  database.close();
  upgrade(version, options);
  return prepared(connectForReading(options), file, (opened) => assertOurs(opened, options));
}

function upgrade(version: number, options: DatabaseOptions): void {
  const { file } = options;
  try {
    openForWriting({ ...options, readOnly: false }).close();
  } catch (cause) {
    throw unopenable(file, {
      message: `it has version ${version}, older than ${migrations.length}, and it cannot be brought up to date (${messageOf(cause)})`,
      hint: 'make the file and its folder writable for you, or copy it to where they are and name the copy with --db.',
      cause,
    });
  }
}

function prepared(
  database: Database.Database,
  file: string,
  prepare: (database: Database.Database) => void,
): Database.Database {
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw LogError.is(error) ? error : explain(error, file);
  }
}

/** Only the default folder is made: a misspelt path must not leave a log where nobody looks for it. */
function prepareFolder({ file, readOnly }: DatabaseOptions): void {
  const folder = dirname(file);
  const isDefault = basename(folder) === '.aiworkflow';
  if (isDefault && !readOnly) makeFolder(folder, file);
  if (!isDefault && !existsSync(folder))
    throw unopenable(file, { message: `there is no folder ${folder}`, hint: `mkdir -p ${folder}` });
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw unopenable(file, { message: 'it is a folder', hint: 'name a file in it with --db.' });
  if (readOnly && !existsSync(file))
    throw unopenable(file, {
      message: 'it does not exist',
      hint: 'run a workflow first, or name the log with --db or AIWORKFLOW_DB.',
    });
}

function makeFolder(folder: string, file: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const hint = 'make the project folder writable, or name another file with --db or AIWORKFLOW_DB.';
    throw unopenable(file, { message: messageOf(cause), hint, cause });
  }
}

function connect({ file, readOnly, busyTimeoutMs }: DatabaseOptions): Database.Database {
  try {
    return new Database(file, { readonly: readOnly, fileMustExist: readOnly, timeout: busyTimeoutMs });
  } catch (error) {
    throw explain(error, file);
  }
}

/** SQLite shares a log's write-ahead log by a file beside it, and makes that even for a reader. */
function connectForReading(options: DatabaseOptions): Database.Database {
  const database = connect(options);
  try {
    schemaVersion(database);
    return database;
  } catch (error) {
    database.close();
    const held = /^SQLITE_(READONLY|CANTOPEN)/.test(sqliteCode(error) ?? '') && readUnwritable(options.file);
    if (held) return held;
    throw explain(error, options.file);
  }
}

interface FileIdentification {
  readonly id: number;
  readonly version: number;
  readonly tables: number;
}

/** One transaction, so that a log that another process makes at this moment is seen whole or not at all. */
function identify(database: Database.Database): FileIdentification {
  const read = database.transaction(() => ({
    tables: Number(database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()),
    id: Number(database.pragma('application_id', { simple: true })),
    version: schemaVersion(database),
  }));
  return read();
}

function assertOurs(database: Database.Database, { file, readOnly }: DatabaseOptions): void {
  const newest = migrations.length;
  const { id, version, tables } = identify(database);
  const blank = id === 0 && tables === 0;
  if (!blank && id !== applicationId)
    throw foreign(file, 'is a database of another program', 'name another file with --db or AIWORKFLOW_DB.');
  if (version > newest)
    throw foreign(
      file,
      `has version ${version}, and this program knows versions up to ${newest}`,
      'update aiworkflow, or name another file with --db.',
    );
  if (readOnly && blank)
    throw unopenable(file, { message: 'it is empty', hint: 'run a workflow that writes to it.' });
}

function prepareForWriting(database: Database.Database, options: DatabaseOptions): void {
  const { file, durability } = options;
  const mode = useWriteAheadLog(database, options);
  if (mode !== 'wal')
    throw unopenable(file, {
      message: `its file system cannot share a write-ahead log (journal mode ${String(mode)})`,
      hint: 'keep the log on a local disk: name another file with --db.',
    });
  database.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
  // macOS answers a plain fsync before the disk has the data. Without effect elsewhere.
  if (durability === 'full') database.pragma('fullfsync = ON');
  // 16 MB: a long read keeps the write-ahead log growing; afterwards it gives the space back.
  database.pragma('journal_size_limit = 16777216');
  if (schemaVersion(database) >= migrations.length) return;
  const from = migrate(database, migrations);
  if (from > 0 && from < migrations.length) options.onUpgraded?.({ from, to: migrations.length });
}

/**
 * SQLite does not wait by itself for a process that makes the same new log at this moment: it fails at once, because it
 * has begun to read before it asks for the write lock.
 */
function useWriteAheadLog(database: Database.Database, { busyTimeoutMs }: DatabaseOptions): unknown {
  const giveUpAtMs = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      return database.pragma('journal_mode = WAL', { simple: true });
    } catch (error) {
      if (!sqliteCode(error)?.startsWith('SQLITE_BUSY') || performance.now() > giveUpAtMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function foreign(file: string, what: string, hint: string): LogError {
  return new LogError({ code: 'LOG_FOREIGN', message: `${file} ${what}.`, hint, details: { file } });
}

function explain(cause: unknown, file: string): LogError {
  const code = sqliteCode(cause) ?? '';
  const hint = openHints.find(([start]) => code.startsWith(start))?.[1];
  return unopenable(file, {
    message: code === 'SQLITE_NOTADB' ? 'it is not a database' : messageOf(cause),
    hint: hint ?? 'see that the disk is well, or name another file with --db or AIWORKFLOW_DB.',
    cause,
  });
}

const openHints: readonly (readonly [code: string, hint: string])[] = [
  ['SQLITE_NOTADB', 'name another file with --db or AIWORKFLOW_DB.'],
  [
    'SQLITE_CANTOPEN',
    'make the file and its folder readable and writable for you, or name another file with --db.',
  ],
  ['SQLITE_READONLY', 'make the file and its folder writable for you, or name another file with --db.'],
  ['SQLITE_BUSY', 'end the process that holds it locked, or name another file with --db.'],
  [
    'SQLITE_CORRUPT',
    'restore it from a copy, or name another file with --db; what can be read of it: sqlite3 <file> .recover',
  ],
];
