import { statSync } from 'node:fs';
import { messageOf } from '../../errors/index.ts';
import type { AuditFile } from './audit-log.ts';

/** Deleted content is overwritten with zeros from here on. A setting of the connection, not of the file. */
export function overwriteDeleted(log: AuditFile): void {
  log.database.pragma('secure_delete = ON');
}

/** Belongs into the transaction that takes texts out: a crash before `wipe` is then noticed, and made good later. */
export function noteUnwiped(log: AuditFile): void {
  log.database.prepare('INSERT OR IGNORE INTO unwiped (id) VALUES (1)').run();
}

/** True when texts were taken out and the file may still hold them in free pages or in the write-ahead log. */
export function isUnwiped({ database }: Pick<AuditFile, 'database'>): boolean {
  return database.prepare('SELECT 1 FROM unwiped').get() !== undefined;
}

/**
 * Writes the file anew without its free pages and empties the write-ahead log, so that what was taken out is in neither.
 * Overwriting alone is not enough: pages that were split long ago still hold copies.
 * `remains` says in words what stood in the way.
 */
export function wipe(log: AuditFile): { readonly wiped: true } | { readonly remains: string } {
  try {
    log.database.exec('VACUUM');
    if (!emptyWriteAheadLog(log)) return { remains: 'another process is reading the log' };
    if (isUnwiped(log)) log.database.exec('DELETE FROM unwiped');
    emptyWriteAheadLog(log);
    return { wiped: true };
  } catch (error) {
    return { remains: messageOf(error) };
  }
}

/** False when a reader still needs what stands in it. */
function emptyWriteAheadLog({ database }: AuditFile): boolean {
  const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
  return result?.busy === 0;
}

/** The log and its write-ahead log. */
export function bytesOf({ file }: Pick<AuditFile, 'file'>): number {
  return ['', '-wal'].reduce(
    (sum, end) => sum + (statSync(file + end, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
