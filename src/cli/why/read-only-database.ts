import Database from 'better-sqlite3';
import { readUnwritable } from '../../audit/sqlite/read-unwritable.ts';

/**
 * A SQLite file for questions alone. One with a write-ahead log makes a file beside it even for a reader: where nothing may be
 * written, it is read into memory. @throws the error of SQLite when that cannot be either.
 */
export function openReadOnly(file: string): Database.Database {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    database.pragma('user_version');
    return database;
  } catch (error) {
    database.close();
    const isUnwritable =
      error instanceof Database.SqliteError && /^SQLITE_(READONLY|CANTOPEN)/.test(error.code);
    const held = isUnwritable ? readUnwritable(file) : undefined;
    if (held) return held;
    throw error;
  }
}
