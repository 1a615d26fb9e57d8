import type { AuditEvent } from './events.ts';
import type { Hash } from './hash.ts';
import {
  ExportError,
  type ExportHeader,
  type ExportLine,
  type RedactedText,
  readExportLine,
  runExportFormat,
} from './run-export-line.ts';

/**
 * One run as a file of JSON lines, which verifies and answers by itself:
 *
 *   {"format":"aiworkflow-run/1","runId":…,"workflowId":…,"program":…,"origin":…}     first line
 *   {"blob":"<hash>","text":"…"}                                                      every text that the events name
 *   {"blob":"<hash>","redacted":{"salt":…,"digest":…,"at":…,"by":…,"why":…}}          … or what stands for it
 *   {"event":{…},"hash":"<chain hash>"}                                               in order
 *   {"root":"<hash>","events":<count>}                                                last line
 *
 * `origin` says in words where the answers came from, when that is not a live provider.
 */
export interface RunExport extends ExportHeader {
  readonly blobs: ReadonlyMap<Hash, string>;
  /** Texts that were taken out of the run on purpose: the chain still names them. */
  readonly redacted: ReadonlyMap<Hash, RedactedText>;
  readonly events: readonly { readonly event: AuditEvent; readonly hash: Hash }[];
  readonly root: Hash;
}

export {
  ExportError,
  type ExportHeader,
  type ExportLine,
  type RedactedText,
  runExportFormat,
} from './run-export-line.ts';

/** The text whose hash stands before a run's first event: it binds the chain to its run id, so that runs cannot be swapped. */
export function firstLinkText(runId: string): string {
  return `${runExportFormat}\n${runId}`;
}

/** The text whose hash is an event's link; `canonical` is the event's canonical JSON. */
export function nextLinkText(previous: Hash, canonical: string): string {
  return `${previous}\n${canonical}`;
}

/** Throws ExportError, which names the line: callers know the file's name and wrap it. */
export function parseRunExport(text: string): RunExport {
  const blobs = new Map<Hash, string>();
  const redacted = new Map<Hash, RedactedText>();
  const events: { event: AuditEvent; hash: Hash }[] = [];
  let identity: ExportHeader | undefined;
  let root = '';
  for (const line of readRunExport(text.split('\n'))) {
    if (line.kind === 'text') blobs.set(line.hash, line.text);
    else if (line.kind === 'redacted') redacted.set(line.hash, line.redacted);
    else if (line.kind === 'event') events.push({ event: line.event, hash: line.link });
    else if (line.kind === 'end') root = line.root;
    else {
      const { kind: _kind, lineNumber: _line, ...header } = line;
      identity = header;
    }
  }
  if (!identity) throw new ExportError('damaged', { line: 1, what: 'line 1 is not a line of a run export' });
  return { ...identity, blobs, redacted, events, root };
}

/** The lines of an export as they come, held to their order: header, texts and events, end. Throws ExportError. */
export function* readRunExport(
  lines: Iterable<string>,
): Generator<ExportLine & { readonly lineNumber: number }> {
  let lineNumber = 0;
  let last: ExportLine['kind'] | undefined;
  let events = 0;
  for (const numbered of numberedLines(lines)) {
    lineNumber = numbered.lineNumber;
    if (last === 'end') throw damaged(lineNumber, 'stands after the end of the run');
    const line = lineOf(numbered);
    if (line.kind === 'event') events += 1;
    if (line.kind === 'end' && line.events !== events)
      throw damaged(lineNumber, `${line.events} events announced, ${events} found`, ':');
    last = line.kind;
    yield { ...line, lineNumber };
  }
  if (last !== 'end')
    throw damaged(
      lineNumber + 1,
      'is not there: the file was cut off, its last line gives the root of the run',
    );
}

interface NumberedLine {
  readonly text: string;
  readonly lineNumber: number;
  readonly isLast: boolean;
}

/** An empty last line is how every line ends; others are passed over. An empty first line is no header. */
function* numberedLines(lines: Iterable<string>): Generator<NumberedLine> {
  let lineNumber = 0;
  let held: Omit<NumberedLine, 'isLast'> | undefined;
  for (const text of lines) {
    lineNumber += 1;
    if (text === '' && lineNumber > 1) continue;
    if (held) yield { ...held, isLast: false };
    held = { text, lineNumber };
  }
  if (held) yield { ...held, isLast: true };
}

/** A last line that cannot be read is where the file was cut off. */
function lineOf({ text, lineNumber, isLast }: NumberedLine): ExportLine {
  try {
    return readExportLine(text, lineNumber);
  } catch (error) {
    if (!isLast || lineNumber === 1) throw error;
    throw damaged(lineNumber, 'is no whole line of a run export: the file was cut off there');
  }
}

function damaged(line: number, what: string, separator = ''): ExportError {
  return new ExportError('damaged', { line, what: `line ${line}${separator} ${what}` });
}
