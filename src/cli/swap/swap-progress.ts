import type { ProgressListener } from '../../ports/progress.ts';
import type { SwapWatch } from '../../runtime/swap/swap-step.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import type { Terminal } from '../terminal.ts';

export interface SwapProgress extends ProgressListener {
  readonly watch: SwapWatch;
}

/** A line for each replay; with --json every event of all of them, each with the run that it belongs to. */
export function swapProgress(
  terminal: Terminal,
  { json = false, quiet = false }: { readonly json?: boolean; readonly quiet?: boolean },
): SwapProgress {
  const say = (text: string): void => {
    if (!json && !quiet) terminal.err(printable(text));
  };
  return {
    event(runId, event) {
      if (json) terminal.out(JSON.stringify({ runId, ...event }));
    },
    watch: {
      begun({ swapId, runs, leftOut }) {
        const others = leftOut === 0 ? '' : `, ${counted(leftOut, 'other run')} looked at and left out`;
        say(`swap ${swapId}: ${counted(runs, 'run')} to replay${others}`);
      },
      replayed({ original, replayId, place, of, pairs, end }) {
        const ends = pairs.map(({ now }) => now.outcome);
        const count = (outcome: (typeof ends)[number]): string[] => {
          const found = ends.filter((one) => one === outcome).length;
          return found === 0 ? [] : [`${found} ${outcome}`];
        };
        const kinds = ['first-try', 'repaired', 'failed', 'missing', 'unfinished'] as const;
        const what =
          end.kind === 'left-out' ? `left out: ${end.failure.message}` : kinds.flatMap(count).join(', ');
        say(`${place} of ${of}: run ${original} replayed as ${replayId}: ${what}`);
      },
    },
  };
}
