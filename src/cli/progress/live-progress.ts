import type { RunState } from '../../engine/runs/fold-run.ts';
import { clipAnsiLine } from '../render/clip-ansi-line.ts';
import { stepLines } from '../render/step-lines.ts';
import type { Terminal } from '../terminal.ts';
import { createActivity } from './activity.ts';
import type { ProgressView } from './progress-view.ts';

// Ten pictures a second: more is not seen, and 500 parallel items would be drawn at every event.
const frameMs = 100;
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearToEnd = '\u001b[J';

/** The step tree, redrawn in place. It is as high as the screen at the most: what settled is folded first. */
export function liveProgress(terminal: Terminal): ProgressView {
  const activity = createActivity();
  let latest: RunState | undefined;
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = (lines: readonly string[]): void => {
    const erase = drawn === 0 ? '' : `\u001b[${drawn}A${clearToEnd}`;
    terminal.draw(erase + lines.map((line) => `${line}\n`).join(''));
    drawn = lines.length;
  };
  const redraw = (): void => {
    if (latest) draw(screen(latest, terminal, activity.byStep()));
  };
  const restore = (): void => terminal.draw(showCursor);
  const begin = (): void => {
    terminal.draw(hideCursor);
    // A program that is killed by `process.exit` must not leave the terminal without its cursor.
    process.once('exit', restore);
    timer = setInterval(redraw, frameMs);
    // Progress alone must not keep a finished program alive.
    timer.unref();
  };

  return {
    onEvent(run, event) {
      latest = run;
      activity.apply(event);
      if (!timer) begin();
    },
    announce(text) {
      draw([text]);
      drawn = 0;
      redraw();
    },
    stop() {
      if (!timer) return;
      clearInterval(timer);
      redraw();
      restore();
      process.off('exit', restore);
    },
  };
}

function screen(run: RunState, terminal: Terminal, activity: ReadonlyMap<string, string>): string[] {
  const options = { style: terminal.errStyle, nowMs: Date.now(), activity, folded: true };
  const lines = stepLines(run, options).map((line) => clipAnsiLine(line, terminal.columns - 1));
  const room = Math.max(3, terminal.rows - 2);
  if (lines.length <= room) return lines;
  return [`… ${lines.length - room + 1} steps above`, ...lines.slice(-(room - 1))];
}
