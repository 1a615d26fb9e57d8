import { z } from 'zod';
import type { AuditEvent } from './events.ts';
import type { Hash } from './hash.ts';

/**
 * One run as a file of JSON lines, which verifies and answers by itself:
 *
 *   {"format":"aiworkflow-run/1","runId":…,"workflowId":…,"program":…,"origin":…}     first line
 *   {"blob":"<hash>","text":"…"}                                                      every text that the events name
 *   {"event":{…},"hash":"<chain hash>"}                                               in order
 *   {"root":"<hash>","events":<count>}                                                last line
 *
 * `origin` says in words where the answers came from, when that is not a live provider.
 */
export const runExportFormat = 'aiworkflow-run/1';

export interface RunExport {
  readonly runId: string;
  readonly workflowId: string;
  readonly program: string;
  readonly origin?: string;
  readonly blobs: ReadonlyMap<Hash, string>;
  readonly events: readonly { readonly event: AuditEvent; readonly hash: Hash }[];
  readonly root: Hash;
}

/** The text whose hash stands before a run's first event: it binds the chain to its run id, so that runs cannot be swapped. */
export function firstLinkText(runId: string): string {
  return `${runExportFormat}\n${runId}`;
}

/** The text whose hash is an event's link; `canonical` is the event's canonical JSON. */
export function nextLinkText(previous: Hash, canonical: string): string {
  return `${previous}\n${canonical}`;
}

const headerSchema = z.object({
  format: z.literal(runExportFormat),
  runId: z.string(),
  workflowId: z.string(),
  program: z.string(),
  origin: z.string().optional(),
});
const blobLineSchema = z.object({ blob: z.string(), text: z.string() });
// The chain hash covers the event to the letter, so its inside is trusted only after `verify`; here only its frame is read.
const eventLineSchema = z.object({
  event: z.looseObject({ type: z.string(), at: z.number() }),
  hash: z.string(),
});
const footerSchema = z.object({ root: z.string(), events: z.int() });

/** Throws a plain Error that names the line: callers know the file's name and wrap it. */
export function parseRunExport(text: string): RunExport {
  const lines = text.split('\n').filter((line) => line !== '');
  const header = parseLine(lines, 0, headerSchema);
  const footer = parseLine(lines, lines.length - 1, footerSchema);
  const blobs = new Map<Hash, string>();
  const events: { event: AuditEvent; hash: Hash }[] = [];
  for (let index = 1; index < lines.length - 1; index++) {
    const line = parseLine(lines, index, z.union([blobLineSchema, eventLineSchema]));
    if ('blob' in line) blobs.set(line.blob, line.text);
    else events.push({ event: line.event as unknown as AuditEvent, hash: line.hash });
  }
  if (events.length !== footer.events)
    throw new Error(`line ${lines.length}: ${footer.events} events announced, ${events.length} found`);
  const { format: _format, origin, ...identity } = header;
  return { ...identity, ...(origin !== undefined && { origin }), blobs, events, root: footer.root };
}

function parseLine<Shape>(lines: readonly string[], index: number, shape: z.ZodType<Shape>): Shape {
  try {
    return shape.parse(JSON.parse(lines[index] ?? ''));
  } catch (cause) {
    throw new Error(`line ${index + 1} is not a line of a run export`, { cause });
  }
}
