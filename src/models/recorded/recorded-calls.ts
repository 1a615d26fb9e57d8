import type { CallBegun, CallEnded } from '../../domain/events.ts';
import type { Position } from '../../domain/position.ts';
import type { RunExport } from '../../domain/run-export.ts';

export interface RecordedCall {
  readonly begun: CallBegun;
  /** Absent when the recorded run was stopped in the middle of the call. */
  readonly ended?: CallEnded;
}

/** The model calls of a run, by position. */
export function recordedCalls(recording: RunExport): ReadonlyMap<Position, RecordedCall> {
  const calls = new Map<Position, RecordedCall>();
  for (const { event } of recording.events) {
    if (event.type === 'call-begun' && event.call === 'model') calls.set(event.position, { begun: event });
    if (event.type !== 'call-ended') continue;
    const begun = calls.get(event.position)?.begun;
    if (begun) calls.set(event.position, { begun, ended: event });
  }
  return calls;
}
