import type { AuditEvent } from '../../domain/events.ts';
import { applyEvent, newRunState, type RunState } from '../../engine/runs/fold-run.ts';
import type { ProgressListener } from '../../ports/progress.ts';
import type { Terminal } from '../terminal.ts';
import { jsonProgress } from './json-progress.ts';
import { liveProgress } from './live-progress.ts';
import { plainProgress } from './plain-progress.ts';
import type { ProgressView } from './progress-view.ts';

export interface RunProgress extends ProgressListener {
  /** The command's one run as far as it has come; undefined before its first event. */
  readonly run: RunState | undefined;
  /** What a run that goes on had done before, in order: it is on the screen as done, and not told event by event. */
  recall(runId: string, event: AuditEvent): void;
  announce(text: string): void;
  stop(): void;
}

export interface ProgressChoice {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Of a replay: what comes from the log is not news. */
  readonly liveOnly?: boolean;
}

export function createProgress(terminal: Terminal, choice: ProgressChoice): RunProgress {
  const view = viewFor(terminal, choice);
  let run: RunState | undefined;
  return {
    event(runId, event) {
      run ??= newRunState(runId);
      applyEvent(run, event);
      view.onEvent(run, event);
    },
    recall(runId, event) {
      run ??= newRunState(runId);
      applyEvent(run, event);
    },
    get run() {
      return run;
    },
    announce: view.announce,
    stop: view.stop,
  };
}

function viewFor(terminal: Terminal, { json, quiet, liveOnly = false }: ProgressChoice): ProgressView {
  if (json) return jsonProgress(terminal);
  if (quiet) return { ...plainProgress(terminal), onEvent: () => undefined };
  return terminal.live ? liveProgress(terminal) : plainProgress(terminal, { liveOnly });
}
