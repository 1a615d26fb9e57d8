import type { Hash } from '../../domain/hash.ts';
import type { Position } from '../../domain/position.ts';
import type { EffectClass } from '../../domain/tool.ts';

export interface Problem {
  /** The event's number in its run, from 1. Absent: the problem is not one event's. */
  readonly seq?: number;
  readonly position?: Position;
  /** The line of the export. */
  readonly line?: number;
  readonly what: string;
}

/** A call that was begun, whose end is not in the log, and about which nobody has decided. No problem of the log: a fact about the run. */
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
  /** The run stands ended: since its last end it was not resumed. */
  readonly ended: boolean;
  /** How many of the texts that the run names were taken out on purpose. No problem: the chain still names them. */
  readonly redacted: number;
  /** Types of events that only a newer program knows. They verify; what they mean cannot be said. */
  readonly unknownTypes: readonly string[];
}

export interface LogVerification {
  /** No problem anywhere. */
  readonly ok: boolean;
  readonly runs: readonly RunVerification[];
  /** Problems of the file, of the blob store, or of the export's frame. */
  readonly problems: readonly Problem[];
  /** Texts of the file that were redacted, and runs that were pruned: both are written down, so neither is a problem. */
  readonly redacted: number;
  readonly pruned: number;
  /** True when free pages of the file may still hold redacted texts: a redaction was cut off. */
  readonly unwiped: boolean;
}

export function verification(
  runs: readonly RunVerification[],
  problems: readonly Problem[],
  removed: Pick<LogVerification, 'redacted' | 'pruned' | 'unwiped'> = {
    redacted: 0,
    pruned: 0,
    unwiped: false,
  },
): LogVerification {
  const ok = problems.length === 0 && runs.every((run) => run.problems.length === 0);
  return { ok, runs, problems, ...removed };
}
