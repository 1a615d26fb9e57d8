import type { AuditEvent } from '../../domain/events.ts';
import type { RunState } from '../../engine/runs/fold-run.ts';

/** How a run is shown while it goes on. */
export interface ProgressView {
  /** Called after the event has been folded into the run. */
  onEvent(run: RunState, event: AuditEvent): void;
  /** A line that must not be lost in what is redrawn. */
  announce(text: string): void;
  /** Leaves the terminal as it should be. */
  stop(): void;
}
