import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import {
  ExportError,
  type ExportHeader,
  type ExportLine,
  type RedactedText,
  readRunExport,
} from '../../domain/run-export.ts';
import { DefinitionError, LogError, messageOf } from '../../errors/index.ts';
import type { Scrub } from '../../ports/environment.ts';
import { decodeBlob, type EncodedBlob, encodeBlob } from './blob-codec.ts';
import { sha256 } from './chain-hash.ts';
import { changedText } from './checked-texts.ts';
import { readLines } from './read-lines.ts';
import { scrubEvent } from './scrub-event.ts';
import type { Problem } from './verification.ts';
import { frameProblems } from './verify-export.ts';
import { type CheckedText, verifyRunEvents } from './verify-run-events.ts';

/** A run as a file holds it: every hash fits, and its texts are packed as the log keeps them. */
export interface ExportedRun extends ExportHeader {
  readonly texts: ReadonlyMap<Hash, EncodedBlob>;
  readonly redacted: ReadonlyMap<Hash, RedactedText>;
  readonly events: readonly { readonly event: AuditEvent; readonly hash: Hash }[];
  readonly root: Hash;
}

/**
 * Reads the file and verifies all of it. Throws with the line or the event that first breaks it: LOG_CORRUPT, LOG_FOREIGN
 * (a newer format), FILE_NOT_FOUND, FILE_UNREADABLE; and SECRET_FOUND when the value of a configured secret is in it.
 */
export function readExport(file: string, scrub: Scrub | undefined): ExportedRun {
  try {
    const found = collect(file, scrub);
    requireVerified(file, found);
    return found;
  } catch (error) {
    throw unreadableExport(file, error);
  }
}

function collect(file: string, scrub: Scrub | undefined): ExportedRun {
  const texts = new Map<Hash, EncodedBlob>();
  const redacted = new Map<Hash, RedactedText>();
  const events: { event: AuditEvent; hash: Hash }[] = [];
  let header: ExportHeader = { runId: '', workflowId: '', program: '' };
  let root = '';
  for (const line of readRunExport(readLines(file))) {
    const place = { file, lineNumber: line.lineNumber, scrub };
    if (line.kind === 'header') header = withoutLine(line);
    else if (line.kind === 'text') texts.set(line.hash, packedText(line, place));
    else if (line.kind === 'redacted') redacted.set(line.hash, line.redacted);
    else if (line.kind === 'event') events.push(checkedEvent(line, place));
    else root = line.root;
  }
  return { ...header, texts, redacted, events, root };
}

interface LinePlace {
  readonly file: string;
  readonly lineNumber: number;
  readonly scrub: Scrub | undefined;
}

function withoutLine({ runId, workflowId, program, origin }: ExportHeader): ExportHeader {
  return { runId, workflowId, program, ...(origin !== undefined && { origin }) };
}

function packedText({ hash, text }: Extract<ExportLine, { kind: 'text' }>, place: LinePlace): EncodedBlob {
  if (sha256(text) !== hash) throw broken(place.file, `line ${place.lineNumber}: ${changedText(hash)}`);
  const scrubbed = place.scrub?.(text) ?? text;
  if (scrubbed !== text) throw secretFound(scrubbed, place);
  return encodeBlob(text);
}

function checkedEvent({ event, link }: Extract<ExportLine, { kind: 'event' }>, place: LinePlace) {
  const { scrub } = place;
  // The event itself comes back when nothing in it had to be blanked.
  if (scrub && scrubEvent(event, scrub) !== event)
    throw secretFound(JSON.stringify(scrubEvent(event, scrub)), place);
  return { event, hash: link };
}

/** Blanking the secret would break the chain, and keeping it would put it into the log. */
function secretFound(scrubbed: string, { file, lineNumber }: LinePlace): DefinitionError {
  const name = /\[secret:([^\]]+)\]/.exec(scrubbed)?.[1] ?? 'a configured secret';
  return new DefinitionError({
    code: 'SECRET_FOUND',
    message: `${file}: line ${lineNumber} holds the value of ${name}. Nothing was imported.`,
    hint: `make a new secret, this one stands in a file. With ${name} unset the file can be imported as it is.`,
    details: { file, line: lineNumber, secret: name },
  });
}

function requireVerified(file: string, found: ExportedRun): void {
  const { runId, events, root } = found;
  if (runId === '' || !runId.isWellFormed())
    throw broken(file, 'line 1: it gives no run id that a log can keep');
  const numbered = events.map(({ event, hash }, index) => ({
    seq: index + 1,
    link: hash,
    read: () => event,
  }));
  const run = verifyRunEvents(runId, numbered, (hash) => checkedText(found, hash));
  const [first] = [...run.problems, ...frameProblems({ ...found, root }, run.root)];
  if (first) throw broken(file, describe(first));
}

function checkedText({ texts, redacted }: ExportedRun, hash: Hash): CheckedText {
  const packed = texts.get(hash);
  if (packed) return { text: () => decodeBlob(packed) };
  return redacted.has(hash) ? { redacted: true } : { problem: `the text under ${hash} is not in the file` };
}

function describe({ seq, position, what }: Problem): string {
  const place = [seq === undefined ? '' : `event ${seq}`, position === undefined ? '' : `at ${position}`];
  return [place.filter(Boolean).join(' '), what].filter(Boolean).join(': ');
}

function broken(file: string, what: string): LogError {
  return new LogError({
    code: 'LOG_CORRUPT',
    message: `${file} does not verify: ${what}. Nothing was imported.`,
    hint: `aiworkflow verify ${file} lists all that does not fit; export the run again where it was made.`,
    details: { file },
  });
}

/** What reading an export threw, in words for a person; unchanged when it is no fault of the file. */
export function unreadableExport(file: string, error: unknown): unknown {
  if (error instanceof ExportError && error.fault === 'newer')
    return new LogError({
      code: 'LOG_FOREIGN',
      message: `${file} was written by a newer program: ${error.message}.`,
      hint: 'update aiworkflow here, or export the run with this version.',
      details: { file },
      cause: error,
    });
  if (error instanceof ExportError) return broken(file, error.message);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return fileError('FILE_NOT_FOUND', `${file} does not exist.`, error);
  if (code === 'EACCES' || code === 'EISDIR' || code === 'EIO' || code === 'EPERM')
    return fileError('FILE_UNREADABLE', `${file} cannot be read: ${messageOf(error)}.`, error);
  return error;
}

function fileError(code: 'FILE_NOT_FOUND' | 'FILE_UNREADABLE', message: string, cause: unknown) {
  const hint = 'name a file that `aiworkflow export <run> --out file.jsonl` wrote.';
  return new DefinitionError({ code, message, hint, cause });
}
