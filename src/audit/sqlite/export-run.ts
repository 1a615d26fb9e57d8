import { canonicalJson } from '../../domain/canonical-json.ts';
import type { AuditEvent, RunStarted } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import { runExportFormat } from '../../domain/run-export.ts';
import { LogError } from '../../errors/index.ts';
import type { AuditFile } from './audit-log.ts';
import { BlobStore } from './blob-store.ts';
import { firstLink, nextLink } from './chain-hash.ts';
import { importOf } from './imported-runs.ts';
import { runUnknown } from './log-errors.ts';
import { hashesIn, hashesInRequest, possibleHashesIn } from './named-hashes.ts';
import { examineBlob } from './read-blob.ts';
import { RedactedTexts } from './redacted-texts.ts';

export interface ExportOptions {
  /** Says in words where the answers came from, when that is not a live provider. */
  readonly origin?: string;
}

/**
 * The run as lines of a file that verifies by itself (`domain/run-export.ts`), without line ends. The same run gives
 * the same lines from every log: events in canonical form, texts in the order in which the events name them.
 * Throws RUN_UNKNOWN, and LOG_CORRUPT when what is in the log does not fit its hashes: a damaged run is not passed on.
 */
export function* exportRun(log: AuditFile, runId: string, options: ExportOptions = {}): Iterable<string> {
  // Read before the first line is given out: a run that is still going must not grow on the way.
  const events = [...log.events(runId)];
  const root = storedRoot(log, runId, events.length);
  const [first] = events;
  if (first?.type !== 'run-started' || root === undefined) throw runUnknown(runId);
  const eventLines = chainedLines(runId, events, root);
  yield header(runId, first, options.origin ?? importOf(log, runId)?.origin ?? undefined);
  yield* textLines(log, runId, events);
  yield* eventLines;
  yield JSON.stringify({ root, events: events.length });
}

function header(runId: string, started: RunStarted, origin: string | undefined): string {
  const { workflowId, program } = started;
  return JSON.stringify({ format: runExportFormat, runId, workflowId, program, origin });
}

function chainedLines(runId: string, events: readonly AuditEvent[], root: Hash): string[] {
  let link = firstLink(runId);
  const lines = events.map((event) => {
    const canonical = canonicalJson(event as unknown as Json);
    link = nextLink(link, canonical);
    return `{"event":${canonical},"hash":"${link}"}`;
  });
  if (link !== root) throw corrupt(runId, 'its events do not fit their hashes');
  return lines;
}

/** The link of the last event as it was written. All links before it went into it. */
function storedRoot(log: AuditFile, runId: string, events: number): Hash | undefined {
  return log.database
    .prepare<[string, number], Buffer>(
      'SELECT e.chain FROM run_keys k JOIN events e ON e.run = k.run WHERE k.run_id = ? AND e.seq = ?',
    )
    .pluck()
    .get(runId, events)
    ?.toString('hex');
}

/** Every text that the events name, and that their requests name in turn, once; or what stands for it. */
function* textLines(log: AuditFile, runId: string, events: readonly AuditEvent[]): Generator<string> {
  const find = finder(log);
  const given = new Set<Hash>();
  for (const { hash, needed } of namesIn(events, find)) {
    if (given.has(hash)) continue;
    given.add(hash);
    const found = find(hash);
    if (found === undefined) throw corrupt(runId, `the text under ${hash} was changed`);
    if (found !== 'missing') yield JSON.stringify({ blob: hash, ...found });
    else if (needed) throw corrupt(runId, `the text under ${hash} is not in the log`);
  }
}

interface Name {
  readonly hash: Hash;
  /** False for what only looks like a name, in events that a newer program wrote. */
  readonly needed: boolean;
}

function* namesIn(events: readonly AuditEvent[], find: (hash: Hash) => Found): Generator<Name> {
  const requests = new Set<Hash>();
  for (const event of events) {
    for (const hash of hashesIn(event)) yield { hash, needed: true };
    for (const hash of possibleHashesIn(event)) yield { hash, needed: false };
    if (event.type !== 'call-begun' || requests.has(event.request)) continue;
    requests.add(event.request);
    for (const hash of innerHashes(find(event.request))) yield { hash, needed: true };
  }
}

/** A request that was redacted no longer says which texts it named. */
function innerHashes(request: Found): Hash[] {
  return typeof request === 'object' && 'text' in request ? hashesInRequest(request.text) : [];
}

type Found = ReturnType<typeof examineBlob> | 'missing';

function finder(log: AuditFile): (hash: Hash) => Found {
  const blobs = new BlobStore(log.database);
  const redactions = new RedactedTexts(log.database);
  return (hash) => {
    const blob = blobs.find(hash);
    return blob ? examineBlob(blob, redactions) : 'missing';
  };
}

function corrupt(runId: string, what: string): LogError {
  return new LogError({
    code: 'LOG_CORRUPT',
    message: `Run ${runId} cannot be exported: ${what}.`,
    hint: `run \`aiworkflow verify ${runId}\` to see what is wrong.`,
    details: { runId },
  });
}
