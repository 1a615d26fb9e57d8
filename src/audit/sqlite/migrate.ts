import type { Database } from 'better-sqlite3';
import type { Migration } from './migrations/index.ts';

/** "aiwf": how SQLite, `file` and we tell an audit log from any other database. */
export const applicationId = 0x61_69_77_66;

export function schemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/**
 * Brings the file to the newest version, in one transaction: a crash leaves the old version, whole.
 * The version is read again under the write lock, because another process may have migrated meanwhile.
 * Returns the version that the file had then.
 */
export function migrate(database: Database, migrations: readonly Migration[]): number {
  const run = database.transaction(() => {
    const from = schemaVersion(database);
    for (const { version, sql } of migrations.filter((migration) => migration.version > from)) {
      database.exec(sql);
      database.pragma(`user_version = ${version}`);
    }
    database.pragma(`application_id = ${applicationId}`);
    return from;
  });
  return run.immediate();
}
