import type { AuditEvent } from '../../domain/events.ts';
import type { Terminal } from '../terminal.ts';
import { describeEvent } from './describe-event.ts';
import type { ProgressView } from './progress-view.ts';

/** One line per step, call and broken contract: for files and build logs. `liveOnly`: one per call that was really made. */
export function plainProgress(terminal: Terminal, { liveOnly = false } = {}): ProgressView {
  return {
    onEvent(run, event) {
      if (liveOnly && !isLiveCall(event)) return;
      const line = describeEvent(run, event);
      if (line !== undefined) terminal.err(line);
    },
    announce: (text) => terminal.err(text),
    stop: () => undefined,
  };
}

const isLiveCall = (event: AuditEvent): boolean => event.type === 'call-ended' && event.source === 'live';
