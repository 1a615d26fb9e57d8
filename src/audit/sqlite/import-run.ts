import { basename } from 'node:path';
import type { Hash } from '../../domain/hash.ts';
import type { RedactedText } from '../../domain/run-export.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { Scrub } from '../../ports/environment.ts';
import type { AuditFile } from './audit-log.ts';
import { BlobStore } from './blob-store.ts';
import { BudgetAccounts } from './budget-accounts.ts';
import { firstLink } from './chain-hash.ts';
import { Holder } from './holder.ts';
import { rowInserter } from './insert-rows.ts';
import { Leases } from './leases.ts';
import { isSqliteError, unwritable } from './log-errors.ts';
import { packEvent } from './pack-event.ts';
import { type ExportedRun, readExport } from './read-export.ts';
import { markerOf } from './redacted-texts.ts';
import type { RunChain } from './run-chains.ts';

export interface ImportedRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly events: number;
  readonly texts: number;
  readonly redacted: number;
  readonly root: Hash;
  /** `there`: the log held the very same run, and nothing was written. */
  readonly outcome: 'imported' | 'there';
}

/**
 * Takes an exported run into the log under its own id: the same events, the same chain, the same root, in one
 * transaction. The file is verified before anything is written.
 * Throws what `readExport` throws, RUN_DIFFERS when the log holds another history under this id, LOG_UNWRITABLE.
 */
export function importRun(
  log: AuditFile,
  file: string,
  options: { readonly scrub?: Scrub; readonly nowMs?: number } = {},
): ImportedRun {
  const run = readExport(file, options.scrub);
  const write = log.database.transaction(() => {
    if (isThere(log, file, run)) return 'there';
    writeRun(log, run);
    noteImport(log, run, { file, nowMs: options.nowMs ?? Date.now() });
    return 'imported';
  });
  try {
    const outcome = write.immediate();
    const { runId, workflowId, events, texts, redacted, root } = run;
    return {
      runId,
      workflowId,
      events: events.length,
      texts: texts.size,
      redacted: redacted.size,
      root,
      outcome,
    };
  } catch (error) {
    throw isSqliteError(error) ? unwritable(log.file, error) : error;
  }
}

/** The same run, link by link. Throws RUN_DIFFERS with the first event that is not the same. */
function isThere(log: AuditFile, file: string, { runId, events }: ExportedRun): boolean {
  const links = log.database
    .prepare<[string], Buffer>(
      'SELECT e.chain FROM run_keys k JOIN events e ON e.run = k.run WHERE k.run_id = ? ORDER BY e.seq',
    )
    .pluck()
    .all(runId)
    .map((link) => link.toString('hex'));
  if (links.length === 0) return false;
  const differing = events.findIndex(({ hash }, index) => hash !== links[index]);
  const first = differing < 0 ? Math.min(events.length, links.length) : differing;
  if (first === events.length && first === links.length) return true;
  throw differs(runId, file, {
    seq: first + 1,
    inFile: events.length,
    inLog: links.length,
    type: events[first]?.event.type,
  });
}

interface Difference {
  readonly seq: number;
  readonly inFile: number;
  readonly inLog: number;
  readonly type: string | undefined;
}

function differs(runId: string, file: string, { seq, inFile, inLog, type }: Difference): DefinitionError {
  const equal = seq - 1;
  const where =
    equal === inFile || equal === inLog
      ? `the first ${equal} events are the same, and ${equal === inFile ? 'the log' : 'the file'} goes on after them`
      : `event ${seq} (${type ?? 'none'}) is the first that differs`;
  return new DefinitionError({
    code: 'RUN_DIFFERS',
    message: `Run ${runId} is in the log with another history (${inLog} events there, ${inFile} in ${file}): ${where}. Nothing was imported.`,
    hint: 'import it into another log: --db other.db.',
    details: { runId, file, event: seq, inFile, inLog },
  });
}

function writeRun(log: AuditFile, { runId, texts, redacted, events, root }: ExportedRun): void {
  const { database } = log;
  const blobs = new BlobStore(database);
  for (const [hash, text] of redacted) if (!blobs.find(hash)) insertRedacted(log, hash, text);
  const insert = rowInserter(database, {
    blobs,
    accounts: new BudgetAccounts(database),
    // Nobody works on an imported run: these leases hold nothing, and nothing is written into them.
    leases: new Leases(database, new Holder(log.file)),
  });
  const run: RunChain = { runId, run: undefined, seq: 0, chain: firstLink(runId), begun: true, ended: false };
  const isStored = (hash: Hash): boolean => texts.has(hash) || blobs.idOf(hash) !== undefined;
  blobs.forgetRemoved();
  insert({ blobs: texts, events: events.map(({ event }) => ({ run, ...packEvent(event, isStored) })) });
  // An event of a newer program may stand after the end of the run.
  database
    .prepare('UPDATE run_ends SET events = ?, root = ? WHERE run = ?')
    .run(run.seq, Buffer.from(root, 'hex'), run.run);
  if (run.chain !== root) throw new Error(`run ${runId} was written with another root than its file has`);
}

function insertRedacted(log: AuditFile, hash: Hash, text: RedactedText): void {
  const whole = Buffer.from(hash, 'hex');
  const { lastInsertRowid } = log.database
    .prepare("INSERT INTO blobs (hash, encoding, body) VALUES (?, 'utf8', ?)")
    .run(whole, markerOf(text));
  log.database
    .prepare('INSERT INTO redactions (blob, hash, salt, digest, at, by, why) VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(lastInsertRowid, whole, text.salt, text.digest, text.at, text.by, text.why);
}

function noteImport(
  log: AuditFile,
  { runId, origin }: ExportedRun,
  { file, nowMs }: { readonly file: string; readonly nowMs: number },
): void {
  log.database
    .prepare(
      'INSERT OR REPLACE INTO imported_runs (run, file, origin, at) SELECT run, ?, ?, ? FROM run_keys WHERE run_id = ?',
    )
    .run(basename(file), origin ?? null, nowMs, runId);
}
