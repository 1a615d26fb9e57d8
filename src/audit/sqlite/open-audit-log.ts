import { resolve } from 'node:path';
import type { Scrub } from '../../ports/environment.ts';
import { type AuditFile, SqliteAuditLog } from './audit-log.ts';
import { fileIdentity } from './file-identity.ts';
import { unopenable } from './log-errors.ts';
import { type Durability, openDatabase, type Upgrade } from './open-database.ts';

export interface AuditLogOptions {
  /** Made when it is not there; its folder only when that is called `.aiworkflow`. */
  readonly file: string;
  /** `full` survives power loss; `normal` survives a crash of the program, and may lose its last commits with the power. */
  readonly durability: Durability;
  /** Blanks configured secrets in every text and event before it is hashed. */
  readonly scrub?: Scrub;
  /** Reads beside a process that writes. Everything that writes throws LOG_UNWRITABLE. A log of an older version is brought up to date. */
  readonly readOnly?: boolean;
  /** Milliseconds to wait for another process's transaction before LOG_UNWRITABLE (default 10,000). */
  readonly busyTimeoutMs?: number;
  /** Told when the log was of an older version, and was brought up to date. */
  readonly onUpgraded?: (versions: Upgrade) => void;
}

/** Throws LogError LOG_UNOPENABLE (no folder, no permission, no database) or LOG_FOREIGN (not ours, or newer). */
export function openAuditLog(options: AuditLogOptions): AuditFile {
  const { durability, scrub, readOnly = false, busyTimeoutMs = 10_000, onUpgraded } = options;
  const file = resolve(options.file);
  const database = openDatabase({ file, durability, readOnly, busyTimeoutMs, onUpgraded });
  const identity = fileIdentity(file);
  if (identity === undefined) {
    database.close();
    throw unopenable(file, { message: 'it was removed while it was opened', hint: 'try again.' });
  }
  return new SqliteAuditLog(database, { file, identity, readOnly, scrub });
}
