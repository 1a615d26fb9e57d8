import type { Terminal } from '../terminal.ts';
import type { ProgressView } from './progress-view.ts';

/** Every event as one line of JSON, as the log has it. */
export function jsonProgress(terminal: Terminal): ProgressView {
  return {
    onEvent: (run, event) => terminal.out(JSON.stringify({ runId: run.runId, ...event })),
    announce: (text) => terminal.err(text),
    stop: () => undefined,
  };
}
