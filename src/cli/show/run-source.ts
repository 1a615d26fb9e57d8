import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import { type CallState, foldRun, type RunState } from '../../engine/runs/fold-run.ts';
import { AiworkflowError, LogError } from '../../errors/index.ts';
import type { AuditReader } from '../../ports/audit-log.ts';

/** One run of the log, and the texts that its events name. */
export interface RunSource {
  readonly run: RunState;
  /**
   * Throws LOG_CORRUPT when the log does not hold what an event names. For a text that was redacted it gives what
   * `standIn` makes of a note that says so; without it TEXT_REDACTED.
   */
  text(hash: Hash, standIn?: StandIn<string>): string;
  json<Shape = Json>(hash: Hash, standIn?: StandIn<Shape>): Shape;
}

/** `note`: `[redacted here: …]`, for a person to read in the place of the text. */
export type StandIn<Shape> = (note: string) => Shape;

export function openRun(log: AuditReader, runId: string): RunSource {
  const text = (hash: Hash): string => log.load(hash) ?? missing(runId, hash);
  return {
    run: foldRun(runId, log.events(runId)),
    text: (hash, standIn) => unlessRedacted(() => text(hash), standIn),
    // The log's own texts: their shape is what the program wrote, and `verify` proves that they are unchanged.
    json: <Shape>(hash: Hash, standIn?: StandIn<Shape>) =>
      unlessRedacted(() => JSON.parse(text(hash)) as Shape, standIn),
  };
}

function unlessRedacted<Shape>(read: () => Shape, standIn: StandIn<Shape> | undefined): Shape {
  try {
    return read();
  } catch (error) {
    if (!standIn || !AiworkflowError.is(error) || error.code !== 'TEXT_REDACTED') throw error;
    return standIn(`[redacted here: ${error.message}]`);
  }
}

/** What this step did itself, in order: a loop's items and inner steps have calls of their own. */
export function callsOf(run: RunState, step: string): CallState[] {
  return [...run.calls.values()].filter((call) => call.step === step);
}

function missing(runId: string, hash: Hash): never {
  throw new LogError({
    code: 'LOG_CORRUPT',
    message: `The log does not hold the text ${hash} that run ${runId} names.`,
    hint: `\`aiworkflow verify ${runId}\` says what is missing.`,
  });
}
