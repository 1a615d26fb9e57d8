import { canonicalJson } from '../../domain/canonical-json.ts';
import type { AuditEvent, RunStarted } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import { runExportFormat } from '../../domain/run-export.ts';
import { DefinitionError, LogError } from '../../errors/index.ts';
import type { AuditFile } from './audit-log.ts';
import { firstLink, nextLink } from './chain-hash.ts';
import { hashesIn, hashesInRequest } from './named-hashes.ts';

export interface ExportOptions {
  /** Says in words where the answers came from, when that is not a live provider. */
  readonly origin?: string;
}

/**
 * The run as lines of a file that verifies by itself (`domain/run-export.ts`), without line ends.
 * Throws RUN_UNKNOWN, and LOG_CORRUPT when what is in the log does not fit its hashes: a damaged run is not passed on.
 */
export function* exportRun(log: AuditFile, runId: string, options: ExportOptions = {}): Iterable<string> {
  // Read before the first line is given out: a run that is still going must not grow on the way.
  const events = [...log.events(runId)];
  const links = chainOf(runId, events);
  const root = storedRoot(log, runId, events.length);
  const [first] = events;
  if (first?.type !== 'run-started' || root === undefined) throw unknownRun(runId);
  if (links.at(-1) !== root) throw corrupt(runId, 'its events do not fit their hashes');
  yield header(runId, first, options);
  for (const { hash, text } of namedTexts(log, runId, events)) yield JSON.stringify({ blob: hash, text });
  for (const [index, event] of events.entries()) yield JSON.stringify({ event, hash: links[index] });
  yield JSON.stringify({ root, events: events.length });
}

function header(runId: string, started: RunStarted, { origin }: ExportOptions): string {
  const { workflowId, program } = started;
  return JSON.stringify({ format: runExportFormat, runId, workflowId, program, origin });
}

function chainOf(runId: string, events: readonly AuditEvent[]): Hash[] {
  let link = firstLink(runId);
  return events.map((event) => {
    link = nextLink(link, canonicalJson(event as unknown as Json));
    return link;
  });
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

/** Every text that the events name, and that their requests name in turn, once. */
function* namedTexts(log: AuditFile, runId: string, events: readonly AuditEvent[]) {
  const given = new Set<Hash>();
  for (const hash of namedHashes(log, events)) {
    if (given.has(hash)) continue;
    given.add(hash);
    const text = log.load(hash);
    if (text === undefined) throw corrupt(runId, `the text under ${hash} is not in the log`);
    yield { hash, text };
  }
}

function* namedHashes(log: AuditFile, events: readonly AuditEvent[]): Generator<Hash> {
  const requests = new Set<Hash>();
  for (const event of events) {
    yield* hashesIn(event);
    if (event.type !== 'call-begun' || requests.has(event.request)) continue;
    requests.add(event.request);
    yield* hashesInRequest(log.load(event.request) ?? '');
  }
}

function unknownRun(runId: string): DefinitionError {
  return new DefinitionError({
    code: 'RUN_UNKNOWN',
    message: `No run "${runId}".`,
    hint: '`aiworkflow runs` lists them.',
    details: { asked: runId },
  });
}

function corrupt(runId: string, what: string): LogError {
  return new LogError({
    code: 'LOG_CORRUPT',
    message: `Run ${runId} cannot be exported: ${what}.`,
    hint: `run \`aiworkflow verify ${runId}\` to see what is wrong.`,
    details: { runId },
  });
}
