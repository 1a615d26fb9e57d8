import { isOfSwapBudget } from '../../engine/swap/budget-for-all.ts';
import type { LeftOut, MissingResult, Outcomes, SwapReport } from '../../engine/swap/swap-report.ts';
import type { RuleResult } from '../../engine/swap/swap-rules.ts';
import type { Cli } from '../cli.ts';
import { clipLine } from '../render/clip.ts';
import { counted } from '../render/counts.ts';
import { formatCost } from '../render/money.ts';
import { printable } from '../render/printable.ts';
import type { Ink, Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { withPlace } from '../suggested-commands.ts';
import { spreadLines } from './spread-lines.ts';

export interface SwapOutcome {
  readonly report: SwapReport;
  readonly applied?: string;
}

interface PageOptions {
  readonly json?: true;
  readonly apply?: true;
}

export function printSwap(
  { terminal, place }: Pick<Cli, 'terminal' | 'place'>,
  { report, applied }: SwapOutcome,
  options: PageOptions,
): void {
  if (options.json) {
    terminal.out(JSON.stringify({ type: 'swap', ...report, applied: applied ?? null }));
    return;
  }
  const page = [
    ...headLines(report),
    ...section('contract', contractLines(report)),
    ...section('fields', fieldLines(report, terminal.columns)),
    ...section('calls', callLines(report)),
    ...section('cost and time per case, then -> now: median (min to max)', spreadLines(report.spent)),
    ...section(
      'runs',
      runLines(report).map((line) => withPlace(line, place)),
    ),
    ...section('rules', ruleLines(report.rules, terminal.outStyle)),
    '',
    ...verdictLines(report, terminal.outStyle).map((line) => withPlace(line, place)),
    ...applyLines(report, { applied, asked: options.apply === true }),
  ];
  terminal.out(page.join('\n'));
}

/** 0 safe; 130 and 3 when it was cut short by a person or a budget; else 1: for scripts, only safe is good. */
export function exitCodeOf({ verdict, stopped }: SwapReport): number {
  if (stopped?.code === 'INTERRUPTED') return 130;
  if (stopped?.code === 'BUDGET_EXCEEDED') return 3;
  return verdict === 'safe' && !stopped ? 0 : 1;
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

function headLines({ workflowId, step, candidate, present, recordedModels, swapId }: SwapReport): string[] {
  const same = candidate === present ? ' (the model that it has: this is how far it agrees with itself)' : '';
  return renderTable([
    ['step', `${step} of ${workflowId}`],
    ['then', recordedModels.join(', ')],
    ['now', `${candidate}${same}`],
    ['swap', swapId],
  ]);
}

function contractLines({ outcomes, hasContract }: SwapReport): string[] {
  const row = (name: string, all: Outcomes): string[] => [
    name,
    String(all['first-try']),
    String(all.repaired),
    String(all.failed),
    String(all.missing),
    String(all.unfinished),
  ];
  const first = hasContract ? 'kept at once' : 'answered';
  const rows = [
    ['', first, 'after repairs', 'not at all', 'tool result missing', 'not finished'],
    row('then', outcomes.was),
    row('now', outcomes.now),
  ];
  return renderTable(rows, ['left', 'right', 'right', 'right', 'right', 'right']);
}

const fieldsShown = 15;

/** Worst first; those that always agree are counted. */
function fieldLines({ fields }: SwapReport, columns: number): string[] {
  const differing = fields.filter(({ share }) => share < 1);
  const rows = differing
    .slice(0, fieldsShown)
    .map(({ field, share, equal, values, ignored, example }) => [
      field === '' ? '(the answer)' : printable(field),
      `${Math.floor(share * 1000) / 10}%`,
      `${equal} of ${values}`,
      ignored ? 'ignored' : '',
      example ? `${shown(example.was)} -> ${shown(example.now)}  (${example.original} ${example.path})` : '',
    ]);
  const rest = differing.length - rows.length;
  const equal = fields.length - differing.length;
  return [
    ...renderTable(rows, ['left', 'right', 'right']).map((line) => clipLine(line, columns - 2)),
    ...(rest > 0 ? [`… ${counted(rest, 'more field')} that differ: --json has all`] : []),
    ...(equal > 0 ? [`${counted(equal, 'field')} equal in every answer`] : []),
  ];
}

const shown = (value: unknown): string =>
  clipLine(printable(JSON.stringify(value)).replaceAll('\n', '⏎'), 40);

function callLines({ trajectory, missing, stopReasons }: SwapReport): string[] {
  const { same, reordered, different, tools, effects } = trajectory;
  const counts = tools.map(({ tool, was, now }) => `${tool} ${was} -> ${now}`).join(', ');
  const reasons = (all: Readonly<Record<string, number>>): string =>
    Object.entries(all)
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', ') || 'none';
  return [
    `${counted(same, 'case')} with the same calls, ${reordered} in another order, ${different} with others`,
    ...(counts === '' ? [] : [`tools: ${counts}`]),
    `stop reasons: ${reasons(stopReasons.was)} -> ${reasons(stopReasons.now)}`,
    ...effects
      .slice(0, 10)
      .map(
        ({ tool, effect, side, original, path }) =>
          `${tool} (${effect}) ${side === 'only-now' ? 'is new' : 'is left out'} in ${original} ${path}`,
      ),
    ...missingLines(missing),
  ];
}

function missingLines(missing: readonly MissingResult[]): string[] {
  if (missing.length === 0) return [];
  const made = missing.filter(({ answered }) => answered).length;
  const heading = `${counted(missing.length, 'tool call')} not in the log${made > 0 ? `, ${made} of them made for real` : ''}:`;
  const lines = missing
    .slice(0, 10)
    .map(
      ({ tool, arguments: args, original, path }) =>
        `  ${tool}${args === null ? '' : ` ${shown(args)}`} in ${original} ${path}`,
    );
  return [heading, ...lines];
}

function runLines({ runs, leftOut, budget, stopped, swapId }: SwapReport): string[] {
  const reasons = [...Map.groupBy(leftOut, ({ why }) => why)];
  const many = (all: readonly LeftOut[]): string =>
    all.length === 1 ? (all[0]?.runId ?? '') : counted(all.length, 'run');
  return [
    `${counted(Math.min(runs.length, stopped?.afterRuns ?? runs.length), 'run')} replayed, ${formatCost(budget.spentUsd)} of $${budget.usd} paid`,
    ...reasons.map(([why, all]) => `left out, ${many(all)}: ${printable(why)}`),
    ...(stopped ? [`stopped after ${counted(stopped.afterRuns, 'run')}: ${printable(stopped.message)}`] : []),
    ...(stopped?.hint && isOfSwapBudget(stopped, swapId) ? [`try: ${printable(stopped.hint)}`] : []),
  ];
}

const marks: Readonly<Record<RuleResult['result'], readonly [sign: string, ink: Ink]>> = {
  holds: ['✓', 'green'],
  broken: ['✗', 'red'],
  unproven: ['?', 'yellow'],
};

function ruleLines(rules: readonly RuleResult[], style: Style): string[] {
  return renderTable(
    rules.map(({ rule, found, result, hint }) => {
      const [sign, ink] = marks[result];
      return [`${style(ink, sign)} ${rule}`, printable(found), result === 'holds' ? '' : result, hint ?? ''];
    }),
  );
}

const verdictInks = { safe: 'green', 'not safe': 'red', 'not enough evidence': 'yellow' } as const;

function verdictLines({ verdict, runs, swapId }: SwapReport, style: Style): string[] {
  const worst = runs.find(({ cases }) => cases.some(({ agreement }) => agreement !== null && agreement < 1));
  return [
    style('bold', style(verdictInks[verdict], verdict.toUpperCase())),
    ...(worst ? [`look: aiworkflow diff ${worst.original} ${worst.replay}`] : []),
    `again: aiworkflow show ${swapId} --result`,
  ];
}

function applyLines(
  { verdict, candidate, stopped }: SwapReport,
  { applied, asked }: { readonly applied: string | undefined; readonly asked: boolean },
): string[] {
  if (applied !== undefined) return [`written: model: ${candidate} in ${applied}`];
  if (!asked) return verdict === 'safe' && !stopped ? ['--apply writes it into the workflow file'] : [];
  const why = stopped ? 'the swap was cut short' : `the verdict is "${verdict}"`;
  return [`not written: ${why}`];
}
