import type { Hash } from '../../domain/hash.ts';
import type { Position } from '../../domain/position.ts';
import type { EffectClass } from '../../domain/tool.ts';

export interface Problem {
  /** The event's number in its run, from 1. Absent: the problem is not one event's. */
  readonly seq?: number;
  readonly position?: Position;
  readonly what: string;
}

/** A call that was begun and whose end is not in the log. No problem of the log: a fact about the run. */
export interface InDoubtCall {
  readonly position: Position;
  readonly call: 'model' | 'tool';
  readonly name: string;
  readonly effect?: EffectClass;
}

export interface RunVerification {
  readonly runId: string;
  /** The hash of the last event, re-derived from the first one on. */
  readonly root: Hash;
  readonly events: number;
  readonly problems: readonly Problem[];
  readonly inDoubt: readonly InDoubtCall[];
}

export interface LogVerification {
  /** No problem anywhere. */
  readonly ok: boolean;
  readonly runs: readonly RunVerification[];
  /** Problems of the file, of the blob store, or of the export's frame. */
  readonly problems: readonly Problem[];
}

export function verification(
  runs: readonly RunVerification[],
  problems: readonly Problem[],
): LogVerification {
  return { ok: problems.length === 0 && runs.every((run) => run.problems.length === 0), runs, problems };
}
