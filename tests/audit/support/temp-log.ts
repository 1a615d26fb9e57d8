import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AuditLogOptions, openAuditLog } from '../../../src/audit/sqlite/index.ts';

/** A folder of this test's own, gone when it ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aiworkflow-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An open log in a folder of its own, closed when the test ends. */
export function tempLog(options: Partial<AuditLogOptions> = {}) {
  const file = options.file ?? join(tempFolder(), 'audit.db');
  const log = openAuditLog({ durability: 'normal', ...options, file });
  onTestFinished(() => {
    try {
      log.close();
    } catch {
      // the test broke the log on purpose; what close() throws then is another test's business
    }
  });
  return log;
}
