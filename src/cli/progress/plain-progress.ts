import type { Terminal } from '../terminal.ts';
import { describeEvent } from './describe-event.ts';
import type { ProgressView } from './progress-view.ts';

/** One line per step, call and broken contract: for files and build logs. */
export function plainProgress(terminal: Terminal): ProgressView {
  return {
    onEvent(run, event) {
      const line = describeEvent(run, event);
      if (line !== undefined) terminal.err(line);
    },
    announce: (text) => terminal.err(text),
    stop: () => undefined,
  };
}
