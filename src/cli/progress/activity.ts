import type { AuditEvent, CallBegun } from '../../domain/events.ts';
import { type Position, type StepPath, stepOfPosition, turnOfPosition } from '../../domain/position.ts';

export interface Activity {
  apply(event: AuditEvent): void;
  /** What each step is waiting for: `turn 3: lake.ingest, lake.create_table`. */
  byStep(): ReadonlyMap<StepPath, string>;
}

/** The calls that are under way, and nothing else: a run of thousands of calls is not searched for each picture. */
export function createActivity(): Activity {
  const open = new Map<Position, CallBegun>();
  return {
    apply(event) {
      if (event.type === 'call-begun') open.set(event.position, event);
      if (event.type === 'call-ended') open.delete(event.position);
    },
    byStep() {
      const names = Map.groupBy(open.values(), (call) => stepOfPosition(call.position));
      return new Map([...names].map(([step, calls]) => [step, describe(calls)]));
    },
  };
}

function describe(calls: readonly CallBegun[]): string {
  const names = calls.map((call) => (call.call === 'model' ? `asking ${call.name}` : call.name));
  const turn = turnOfPosition(calls[0]?.position ?? '');
  return turn === 0 ? names.join(', ') : `turn ${turn}: ${names.join(', ')}`;
}
