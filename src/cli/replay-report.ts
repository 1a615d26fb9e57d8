import { requireSound } from '../audit/sqlite/index.ts';
import { type AiworkflowError, failureRecord } from '../errors/index.ts';
import { openPast } from '../runtime/rerun/open-past.ts';
import type { ReplayOutcome } from '../runtime/rerun/replay-outcome.ts';
import { replaySafety, type Verdict } from '../runtime/rerun/replay-safety.ts';
import type { Cli } from './cli.ts';
import type { LogOptions } from './common-options.ts';
import { withLog } from './open-log.ts';
import { counted } from './render/counts.ts';
import { divergenceLines } from './render/divergence-lines.ts';
import { printable } from './render/printable.ts';
import { renderTable } from './render/table.ts';
import { showToolDifferences } from './replay-tools.ts';
import { withPlace } from './suggested-commands.ts';

interface ReportOptions extends LogOptions {
  readonly json?: true;
  readonly quiet?: true;
}

/** What each way of repeating the run could do to the world. */
export async function printSafety(cli: Cli, runId: string, options: ReportOptions): Promise<void> {
  const safety = await withLog(cli, options, (log) => {
    requireSound(log, runId);
    return replaySafety(openPast(log, runId));
  });
  if (options.json) return cli.terminal.out(JSON.stringify({ runId, steps: safety }));
  const rows = safety.map(({ step, frozen, toolsLive, modelLive }) => [
    step,
    verdict(frozen),
    verdict(toolsLive),
    verdict(modelLive),
  ]);
  cli.terminal.out(renderTable([['step', 'frozen', '--tools live', '--model'], ...rows]).join('\n'));
}

const verdict = ({ safe, why }: Verdict): string => `${safe ? 'safe' : 'NOT SAFE'}: ${why}`;

export async function printOutcome(cli: Cli, outcome: ReplayOutcome, options: ReportOptions): Promise<void> {
  const { terminal } = cli;
  if (!isGood(outcome)) cli.exitCode = 1;
  if (options.json) return terminal.out(JSON.stringify({ type: 'replay', ...jsonOf(outcome) }));
  const lines = [headline(outcome), ...(options.quiet ? [] : otherSteps(outcome))];
  if (outcome.toolDifferences.length > 0 && !options.quiet)
    lines.push(
      ...(await withLog(cli, options, (log) =>
        showToolDifferences({ ...cli, log }, outcome.toolDifferences),
      )),
    );
  if (outcome.error && !outcome.equal) lines.push(...(await whatStopped(cli, outcome.error)));
  if (!options.quiet) lines.push('', ...whereToLook(outcome, cli.place));
  terminal.out(lines.join('\n'));
}

const whereToLook = ({ runId, parentRunId }: ReplayOutcome, place: string): string[] =>
  renderTable([
    ['replay', runId],
    ['of', parentRunId],
    ['look', withPlace(`aiworkflow diff ${parentRunId} ${runId}`, place)],
  ]);

/** The first divergence with the texts side by side, or the error as it is. */
async function whatStopped({ terminal, place }: Cli, error: AiworkflowError): Promise<string[]> {
  const { code, message, hint } = error;
  const { outStyle: style, columns } = terminal;
  const shown = await divergenceLines(failureRecord(error), { style, columns });
  return [
    `${code}: ${shown?.headline ?? printable(message)}`,
    ...(shown?.lines ?? []),
    ...(hint === undefined ? [] : [`Try: ${printable(withPlace(hint, place))}`]),
  ];
}

/** Another model may answer otherwise; that it came to an end is all that a replay with it can promise. */
const isGood = ({ equal, live, error, toolDifferences }: ReplayOutcome): boolean =>
  live === 'models' ? error === undefined : equal && toolDifferences.length === 0;

function headline({ equal, live, calls, toolDifferences, ended }: ReplayOutcome): string {
  const made = counted(calls, 'call');
  if (live === 'models')
    return `Replayed with other models, ${made}: ended ${ended.now}; the recorded run ended ${ended.recorded}.`;
  if (!equal)
    return `NOT EQUAL: the recorded run ended ${ended.recorded}, the replay ${ended.now} after ${made}.`;
  const end = ended.recorded === 'ok' ? '' : ` (both ended ${ended.recorded})`;
  if (live === 'tools')
    return `${made}: ${toolDifferences.length === 0 ? 'every tool answered as it did then' : `${counted(toolDifferences.length, 'tool call')} came out otherwise`}${end}.`;
  return `EQUAL: ${made}, the same answers and the same end${end}.`;
}

/** What failed first is among them; the rest follows from it. */
const shownSteps = 6;

function otherSteps({ steps, live, error }: ReplayOutcome): string[] {
  const others = steps.filter(({ equal }) => !equal);
  if (others.length === 0) return live === 'models' && !error ? ['Every step answered as it did then.'] : [];
  const how = live === 'models' ? 'answered otherwise' : 'not as recorded';
  const words = others
    .slice(0, shownSteps)
    .map(({ step, recorded, now }) => `${step} (${recorded === now ? now : `${recorded}, now ${now}`})`);
  const more = others.length - words.length;
  return [`Steps ${how}: ${words.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

function jsonOf({ error, result, ...outcome }: ReplayOutcome) {
  return {
    ...outcome,
    ...(result && { response: result.response, costUsd: result.costUsd }),
    ...(error && {
      error: { code: error.code, message: error.message, hint: error.hint, details: error.details },
    }),
  };
}
