import { z } from 'zod';
import type { AuditEvent } from './events.ts';
import type { Hash } from './hash.ts';

/** The newest version of the format that this program reads and writes. */
export const runExportVersion = 1;
export const runExportFormat = `aiworkflow-run/${runExportVersion}`;

/**
 * What stands for a text that was taken out on purpose. Whoever has the original can prove that it was this one:
 * `digest` is sha256(salt + text), `salt` 32 hex digits. `at` is milliseconds since 1970.
 */
const redactedTextSchema = z.object({
  salt: z.hex(),
  digest: z.hash('sha256'),
  at: z.int().min(0).max(8.64e15),
  by: z.string(),
  why: z.string(),
});
export type RedactedText = Readonly<z.infer<typeof redactedTextSchema>>;

const headerSchema = z.object({
  format: z.string(),
  runId: z.string(),
  workflowId: z.string(),
  program: z.string(),
  origin: z.string().optional(),
});
const textSchema = z.object({ blob: z.string(), text: z.string() });
const redactedSchema = z.object({ blob: z.hash('sha256'), redacted: redactedTextSchema });
// The chain hash covers the event to the letter, so its inside is trusted only after `verify`; here only its frame is read.
const eventSchema = z.object({
  event: z.looseObject({ type: z.string(), at: z.number() }),
  hash: z.string(),
});
const endSchema = z.object({ root: z.string(), events: z.int() });

export interface ExportHeader {
  readonly runId: string;
  readonly workflowId: string;
  readonly program: string;
  readonly origin?: string;
}

export type ExportLine =
  | ({ readonly kind: 'header' } & ExportHeader)
  | { readonly kind: 'text'; readonly hash: Hash; readonly text: string }
  | { readonly kind: 'redacted'; readonly hash: Hash; readonly redacted: RedactedText }
  | { readonly kind: 'event'; readonly event: AuditEvent; readonly link: Hash }
  | { readonly kind: 'end'; readonly root: Hash; readonly events: number };

/** `newer`: written in a later version of the format. Everything else is `damaged`, or never was an export. */
export class ExportError extends Error {
  readonly fault: 'newer' | 'damaged';
  readonly line: number;

  constructor(fault: 'newer' | 'damaged', at: { readonly line: number; readonly what: string }) {
    super(at.what);
    this.fault = fault;
    this.line = at.line;
  }
}

/** One line of the file. Throws ExportError. */
export function readExportLine(text: string, line: number): ExportLine {
  const value = parsed(text);
  if (line === 1) return header(value);
  const found = textLine(value) ?? eventLine(value) ?? endLine(value);
  if (found) return found;
  throw notALine(line);
}

const notALine = (line: number): ExportError =>
  new ExportError('damaged', { line, what: `line ${line} is not a line of a run export` });

function header(value: unknown): ExportLine {
  const read = headerSchema.safeParse(value);
  const version = read.success ? Number(/^aiworkflow-run\/(\d+)$/.exec(read.data.format)?.[1] ?? 0) : 0;
  if (version > runExportVersion)
    throw new ExportError('newer', {
      line: 1,
      what: `it is written in version ${version} of the format, and this program reads versions up to ${runExportVersion}`,
    });
  if (!read.success || version !== runExportVersion) throw notALine(1);
  const { format: _format, origin, ...identity } = read.data;
  return { kind: 'header', ...identity, ...(origin !== undefined && { origin }) };
}

function textLine(value: unknown): ExportLine | undefined {
  const text = textSchema.safeParse(value).data;
  if (text) return { kind: 'text', hash: text.blob, text: text.text };
  const redacted = redactedSchema.safeParse(value).data;
  return redacted && { kind: 'redacted', hash: redacted.blob, redacted: redacted.redacted };
}

function eventLine(value: unknown): ExportLine | undefined {
  const read = eventSchema.safeParse(value);
  // The event as it was parsed, not the schema's copy of it: a key that the copy leaves out would break the chain.
  return read.success
    ? { kind: 'event', event: (value as { event: AuditEvent }).event, link: read.data.hash }
    : undefined;
}

function endLine(value: unknown): ExportLine | undefined {
  const end = endSchema.safeParse(value).data;
  return end && { kind: 'end', ...end };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON is no line of an export, and is refused as such
  }
}
