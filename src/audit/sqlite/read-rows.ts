import type { Database, Statement } from 'better-sqlite3';
import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { LogError } from '../../errors/index.ts';
import { unpackEvent } from './pack-event.ts';

/** An event's row with the blobs that it names by row number looked up: null where the number leads nowhere. */
export interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly position: string | null;
  readonly fingerprint: Hash | null;
  readonly request: number | null;
  readonly requestHash: Hash | null;
  readonly result: number | null;
  readonly resultHash: Hash | null;
  readonly added: string | null;
  readonly usage: string | null;
  readonly status: string | null;
  readonly source: string | null;
  readonly durationMs: number | null;
  readonly rest: string;
  readonly chain: Hash | null;
}

/** At 300 bytes an event, 40 KB at a time. */
const rowsAtOnce = 128;

/** Made in SQLite: four buffers a row take twice the time, and their memory is given back late. */
const hex = (column: string): string => `nullif(lower(hex(${column})), '')`;

/**
 * A run's rows in order. Read in portions, not by a cursor: better-sqlite3 refuses every write while a cursor is
 * open, and a log that refuses one write is unwritable for good.
 */
export function* readEventRows(database: Database, runId: string): Generator<EventRow> {
  const select = database.prepare<[string, number, number], EventRow>(`
    SELECT e.seq, e.at, e.type, e.position, ${hex('e.fingerprint')} AS fingerprint, e.added, e.usage, e.status,
      e.source, e.duration_ms AS durationMs, e.rest, ${hex('e.chain')} AS chain,
      e.request, ${hex('q.hash')} AS requestHash, e.result, ${hex('s.hash')} AS resultHash
    FROM run_keys k JOIN events e ON e.run = k.run
    LEFT JOIN blobs q ON q.id = e.request LEFT JOIN blobs s ON s.id = e.result
    WHERE k.run_id = ? AND e.seq > ? ORDER BY e.seq LIMIT ?`);
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = select.all(runId, after, rowsAtOnce);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsAtOnce) return;
    after = last.seq;
  }
}

/** Most of what a model call adds to its conversation was the result of a call shortly before it. */
const rememberedAtMost = 2_000;

/**
 * Turns the rows of one run, in order, back into events. Throws LOG_CORRUPT for a row that holds none.
 * Each reading has its own reader: between two of them a row's number may have passed to another text.
 */
export class EventReader {
  readonly #selectHash: Statement<[number], Hash | null>;
  readonly #recent = new Map<number, Hash>();

  constructor(database: Database) {
    this.#selectHash = database
      .prepare<[number], Hash | null>(`SELECT ${hex('hash')} FROM blobs WHERE id = ?`)
      .pluck();
  }

  read(row: EventRow, runId: string): AuditEvent {
    try {
      this.#remember(row);
      return unpackEvent({
        ...row,
        request: named(row.request, row.requestHash),
        result: named(row.result, row.resultHash),
        added: row.added === null ? null : this.#hashes(row.added),
      });
    } catch (cause) {
      throw damaged(row, { runId, cause });
    }
  }

  #hashes(added: string): Hash[] {
    const ids: unknown = JSON.parse(added);
    if (!Array.isArray(ids)) throw new SyntaxError('added is no list');
    return ids.map((id: unknown) => named(id, this.#hashOf(Number(id))) ?? '');
  }

  #hashOf(id: number): Hash | null {
    return this.#recent.get(id) ?? this.#selectHash.get(id) ?? null;
  }

  #remember({ result, resultHash }: EventRow): void {
    if (result === null || resultHash === null) return;
    if (this.#recent.size >= rememberedAtMost) this.#recent.clear();
    this.#recent.set(result, resultHash);
  }
}

function named(id: unknown, hash: Hash | null): Hash | null {
  if (id === null) return null;
  if (hash === null) throw new Error(`it names the text in row ${String(id)}, which was removed`);
  return hash;
}

function damaged(row: EventRow, { runId, cause }: { runId: string; cause: unknown }): LogError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LogError({
    code: 'LOG_CORRUPT',
    message: `Event ${row.seq} of run ${runId} in the audit log is damaged: ${why}.`,
    hint: `run \`aiworkflow verify ${runId}\` to see what else is.`,
    details: { runId, seq: row.seq },
    cause,
  });
}
