import { randomBytes } from 'node:crypto';
import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { stepOfPosition } from '../../domain/position.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { AuditFile } from './audit-log.ts';
import type { EncodedBlob } from './blob-codec.ts';
import { BlobStore } from './blob-store.ts';
import { sha256 } from './chain-hash.ts';
import { type Match, matchesText, placesInEvent } from './find-in-texts.ts';
import { requireNoneHeld } from './held-runs.ts';
import { isSqliteError, unwritable } from './log-errors.ts';
import { textOf } from './read-blob.ts';
import { digestOf, markerOf } from './redacted-texts.ts';
import { requireVerifiedRuns } from './require-verified.ts';
import { runCalls } from './run-calls.ts';
import { otherRunsNaming, textsNamedBy } from './run-texts.ts';
import { isUnwiped, noteUnwiped, overwriteDeleted, wipe } from './wipe-file.ts';

export interface RedactOptions {
  readonly match: Match;
  /** Only what this step, its items, rounds and inner steps named. */
  readonly step?: string;
  /** Only what this call named, by its number in the run. */
  readonly call?: number;
  readonly by: string;
  readonly why: string;
  /** What matches in other runs goes too, `step` and `call` aside. Without it a text that other runs name too is refused. */
  readonly allRuns?: boolean;
  readonly dryRun?: boolean;
  readonly nowMs?: number;
}

export interface Redaction {
  readonly runId: string;
  readonly texts: readonly RedactedNow[];
  /** Runs beside this one that name one of the texts. */
  readonly otherRuns: readonly string[];
  /** What matches in other runs and stays there, because those were not asked for. */
  readonly elsewhere: { readonly texts: number; readonly runs: readonly string[] };
  /** Where it stands in events. Those cannot be changed without breaking the chain. */
  readonly inEvents: readonly EventPlace[];
  /** Set when the file was written anew, for these texts or for those of a redaction that was cut off before. */
  readonly wiped?: true;
  /** Why the file may still hold the texts, in words. */
  readonly remains?: string;
}

export interface RedactedNow {
  readonly hash: Hash;
  readonly characters: number;
}

export interface EventPlace {
  /** Set when the event is another run's. */
  readonly runId?: string;
  readonly seq: number;
  readonly type: AuditEvent['type'];
  readonly position?: string;
  /** `params.customer` */
  readonly field: string;
}

/**
 * Takes the texts of a run, or with `allRuns` of all of them, that match out of the log: each keeps its hash, so the chain still verifies, and its body
 * becomes a marker with a salted digest. What was done, by whom and why is written down with it.
 * Throws NOTHING_MATCHES, USAGE (other runs would lose texts), RUN_HELD, LOG_CORRUPT, LOG_UNWRITABLE.
 */
export function redactRun(log: AuditFile, runId: string, options: RedactOptions): Redaction {
  if (!options.dryRun) requireNoneHeld(log, 'redact');
  const wiped = !options.dryRun && isUnwiped(log) ? wipe(log) : undefined;
  const { texts, inEvents } = foundIn(log, runId, options);
  const others = otherTexts(log, { runId, texts, options });
  if (options.allRuns) texts.push(...others);
  if (options.allRuns) inEvents.push(...otherPlaces(log, runId, options.match));
  if (texts.length === 0 && inEvents.length === 0 && !wiped) throw nothingMatches(runId, others.length);
  const otherRuns = otherRunsNaming(log, hashesOf(texts), runId);
  const left = options.allRuns ? [] : others;
  const elsewhere = { texts: left.length, runs: otherRunsNaming(log, hashesOf(left), runId) };
  const found = { runId, texts, otherRuns, elsewhere, inEvents };
  if (options.dryRun) return found;
  if (otherRuns.length > 0 && !options.allRuns) throw othersLose(otherRuns);
  requireVerifiedRuns(log, [runId, ...otherRuns]);
  if (texts.length === 0) return { ...found, ...wiped };
  replaceTexts(log, texts, options);
  return { ...found, ...wipe(log) };
}

const hashesOf = (texts: readonly RedactedNow[]): Set<Hash> => new Set(texts.map(({ hash }) => hash));

interface Found {
  readonly texts: RedactedNow[];
  readonly inEvents: EventPlace[];
}

function foundIn(log: AuditFile, runId: string, options: RedactOptions): Found {
  const chosen = chosenEvents(log, { runId, events: [...log.events(runId)], options });
  const events = chosen.map(({ event }) => event);
  return {
    texts: matchingTexts(log, textsNamedBy(log, events), options.match),
    inEvents: chosen.flatMap((one) => eventPlaces(one, options.match)),
  };
}

interface NumberedEvent {
  readonly seq: number;
  readonly event: AuditEvent;
}

interface Choice {
  readonly runId: string;
  readonly events: readonly AuditEvent[];
  readonly options: Pick<RedactOptions, 'step' | 'call'>;
}

function chosenEvents(log: AuditFile, { runId, events, options: { step, call } }: Choice): NumberedEvent[] {
  const numbered = events.map((event, index) => ({ seq: index + 1, event }));
  const position = call === undefined ? undefined : positionOf(log, { runId, call });
  return numbered.filter(
    ({ event }) =>
      (position === undefined || ('position' in event && event.position === position)) &&
      (step === undefined || isOfStep(event, step)),
  );
}

function positionOf(log: AuditFile, { runId, call }: { runId: string; call: number }): string {
  const found = runCalls(log, runId);
  const position = found.find(({ n }) => n === call)?.position;
  if (position !== undefined) return position;
  throw new DefinitionError({
    code: 'USAGE',
    message: `Run ${runId} has no call ${call}.`,
    hint: found.length === 0 ? 'it made no call.' : `its calls are numbered from 1 to ${found.length}.`,
  });
}

/** `load` is also `load[2]`, `load~3`, `load!2` and `load/check`. */
function isOfStep(event: AuditEvent, step: string): boolean {
  const path =
    'position' in event ? stepOfPosition(event.position) : 'step' in event ? event.step : undefined;
  return path === step || (path?.startsWith(step) === true && '[~!/'.includes(path.charAt(step.length)));
}

function matchingTexts(log: AuditFile, hashes: Iterable<Hash>, match: Match): RedactedNow[] {
  const blobs = new BlobStore(log.database);
  const found: RedactedNow[] = [];
  for (const hash of hashes) {
    const blob = blobs.find(hash);
    const text = blob && textOf(blob);
    // What is a marker already has another hash, and holds nothing.
    if (text === undefined || sha256(text) !== hash || !matchesText(text, match)) continue;
    found.push({ hash, characters: text.length });
  }
  return found;
}

interface Elsewhere {
  readonly runId: string;
  /** Of the run that was named. */
  readonly texts: readonly RedactedNow[];
  readonly options: RedactOptions;
}

/** The same words stand in other texts of other runs: a call's id is another one each time. */
function otherTexts(log: AuditFile, { runId, texts, options }: Elsewhere): RedactedNow[] {
  const known = hashesOf(texts);
  const named = new Set(
    runIds(log)
      .filter((other) => other !== runId)
      .flatMap((other) => [...textsNamedBy(log, log.events(other))]),
  );
  return matchingTexts(
    log,
    [...named].filter((hash) => !known.has(hash)),
    options.match,
  );
}

function otherPlaces(log: AuditFile, runId: string, match: Match): EventPlace[] {
  const places: EventPlace[] = [];
  for (const other of runIds(log).filter((each) => each !== runId))
    for (const [index, event] of [...log.events(other)].entries())
      places.push(
        ...eventPlaces({ seq: index + 1, event }, match).map((place) => ({ runId: other, ...place })),
      );
  return places;
}

const runIds = (log: AuditFile): string[] =>
  log.database.prepare<[], string>('SELECT run_id FROM run_keys ORDER BY run').pluck().all();

function eventPlaces({ seq, event }: NumberedEvent, match: Match): EventPlace[] {
  const position = 'position' in event ? event.position : 'step' in event ? event.step : undefined;
  return placesInEvent(event, match).map((field) => ({
    seq,
    type: event.type,
    ...(position !== undefined && { position }),
    field,
  }));
}

/** The row in `redactions` first: the trigger lets only the marker in that it announces. */
function replaceTexts(log: AuditFile, texts: readonly RedactedNow[], options: RedactOptions): void {
  const { database } = log;
  const { by, why, nowMs = Date.now() } = options;
  const announce = database.prepare(
    'INSERT INTO redactions (blob, hash, salt, digest, at, by, why) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const replace = database.prepare("UPDATE blobs SET encoding = 'utf8', body = ? WHERE id = ?");
  const blobs = new BlobStore(database);
  const select = database.prepare<[number], EncodedBlob>('SELECT encoding, body FROM blobs WHERE id = ?');
  const write = database.transaction(() => {
    requireNoneHeld(log, 'redact');
    noteUnwiped(log);
    for (const { hash } of texts) {
      for (const id of blobs.idsOf(hash)) {
        const row = select.get(id);
        const text = row && textOf(row);
        // One of the rows may be a marker already.
        if (text === undefined || sha256(text) !== hash) continue;
        const salt = randomBytes(16).toString('hex');
        const marker = { salt, digest: digestOf(salt, text) };
        announce.run(id, Buffer.from(hash, 'hex'), salt, marker.digest, nowMs, by, why);
        replace.run(markerOf(marker), id);
      }
    }
  });
  overwriteDeleted(log);
  try {
    write.immediate();
  } catch (error) {
    throw isSqliteError(error) ? unwritable(log.file, error) : error;
  }
}

function nothingMatches(runId: string, elsewhere: number): DefinitionError {
  return new DefinitionError({
    code: 'NOTHING_MATCHES',
    message: `Nothing in run ${runId} matches: nothing was redacted.`,
    hint:
      elsewhere > 0
        ? `${elsewhere} of the texts of other runs match: --all-runs takes those.`
        : 'a text is looked for as it is, capital letters too; /words/i is a regular expression without them.',
    details: { runId },
  });
}

function othersLose(runs: readonly string[]): DefinitionError {
  const shown = runs.slice(0, 10).join(', ');
  return new DefinitionError({
    code: 'USAGE',
    message: `${runs.length === 1 ? 'Another run names' : `${runs.length} other runs name`} the same texts and would lose them too: ${shown}${runs.length > 10 ? ', …' : ''}.`,
    hint: 'add --all-runs to take the texts from them as well, or --dry-run to see which texts.',
    details: { runs: [...runs] },
  });
}
