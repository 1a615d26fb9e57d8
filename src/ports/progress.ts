import type { AuditEvent } from '../domain/events.ts';

/** Watches a run as it goes on. Called for every event after it was queued, and for streamed text. Must not throw. */
export interface ProgressListener {
  event(runId: string, event: AuditEvent): void;
  text?(runId: string, position: string, text: string): void;
}
