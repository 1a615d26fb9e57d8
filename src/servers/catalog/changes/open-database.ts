import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AiworkflowError, DefinitionError, messageOf } from '../../../errors/index.ts';
import { migrations } from './migrations.ts';

/** "aicg": how SQLite, `file` and we tell the catalog's book from any other database. */
const applicationId = 0x61_69_63_67;
/** How long a writer waits for another process that decides or registers. */
const busyTimeoutMs = 10_000;

/**
 * The book of changes; made when it is not there. Throws DefinitionError CATALOG_DATABASE: not to be opened, another program's, or of a
 * newer version of this one.
 */
export function openDatabase(file: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    database = new Database(file, { timeout: busyTimeoutMs });
    requireOurs(database, file);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    migrate(database);
    return database;
  } catch (error) {
    database?.close();
    throw AiworkflowError.is(error) ? error : unopenable(file, error);
  }
}

/** For questions: a catalog in which nobody asked for anything yet has no book, and a question makes none. */
export function openExisting(file: string): Database.Database | undefined {
  return existsSync(file) ? openDatabase(file) : undefined;
}

/** In one transaction: a crash leaves the old version, whole. The version is read under the lock, another process may be faster. */
function migrate(database: Database.Database): void {
  if (versionOf(database) === migrations.length) return;
  const run = database.transaction(() => {
    for (const sql of migrations.slice(versionOf(database))) database.exec(sql);
    database.pragma(`user_version = ${migrations.length}`);
    database.pragma(`application_id = ${applicationId}`);
  });
  run.immediate();
}

const versionOf = (database: Database.Database): number =>
  Number(database.pragma('user_version', { simple: true }));

/** Before anything in the file is changed. */
function requireOurs(database: Database.Database, file: string): void {
  const id = Number(database.pragma('application_id', { simple: true }));
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as {
    tables: number;
  };
  if (id !== applicationId && tables > 0) throw foreign(file, 'is a database of another program');
  const version = versionOf(database);
  if (version > migrations.length)
    throw foreign(file, `has version ${version}, newer than ${migrations.length}`);
}

function foreign(file: string, what: string): DefinitionError {
  return new DefinitionError({
    code: 'CATALOG_DATABASE',
    message: `${file} ${what}.`,
    hint: 'name another file with --database, or install the version of aiworkflow that wrote it.',
  });
}

function unopenable(file: string, cause: unknown): DefinitionError {
  return new DefinitionError({
    code: 'CATALOG_DATABASE',
    message: `The catalog's changes in ${file} cannot be opened: ${messageOf(cause)}.`,
    hint: 'name a file that you may write to with --database.',
    cause,
  });
}
