import { counted } from '../render/counts.ts';
import { formatCost } from '../render/money.ts';
import { printable } from '../render/printable.ts';
import type { Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { formatCount } from '../render/tokens.ts';
import type { BudgetState } from './declared-budgets.ts';
import type { CostGroup, Grouping } from './group-costs.ts';

export interface CostReport {
  readonly by: Grouping;
  readonly groups: readonly CostGroup[];
  readonly total: CostGroup;
  readonly budgets: readonly BudgetState[];
  /** Workflow files whose budgets are not known, because they cannot be loaded. */
  readonly unreadable: readonly string[];
}

export function costLines(report: CostReport, style: Style): string[] {
  const { by, groups, total } = report;
  if (total.calls + total.replayedCalls === 0) return ['No model calls.', ...budgetLines(report, style)];
  const heading = [by, 'calls', 'tokens in', 'out', 'cost', ''].map((name) => style('dim', name));
  const sum = cells({ ...total, name: 'total' }).map((cell) => style('bold', cell));
  return [
    ...renderTable(
      [heading, ...groups.map(cells), ...(groups.length > 1 ? [sum] : [])],
      ['left', 'right', 'right', 'right', 'right', 'left'],
    ),
    ...budgetLines(report, style),
  ];
}

function cells(group: CostGroup): string[] {
  return [
    printable(group.name),
    String(group.calls),
    formatCount(group.inputTokens),
    formatCount(group.outputTokens),
    costOf(group),
    notes(group),
  ];
}

/** A sum with a part that nobody knows is no sum: "at least" is all that can be said. */
function costOf({ calls, knownUsd, unknownCalls }: CostGroup): string {
  if (unknownCalls > 0 && unknownCalls === calls) return formatCost(null);
  return unknownCalls > 0 ? `at least ${formatCost(knownUsd)}` : formatCost(knownUsd);
}

function notes({ replayedCalls, unknownCalls, inDoubtCalls, inDoubtUsd }: CostGroup): string {
  const doubt = `${formatCost(inDoubtUsd)} of it reserved for ${counted(inDoubtCalls, 'call')} without an end`;
  return [
    ...(unknownCalls > 0 ? [`${counted(unknownCalls, 'call')} of unknown cost`] : []),
    ...(inDoubtUsd > 0 ? [doubt] : []),
    ...(replayedCalls > 0 ? [`${replayedCalls} replayed`] : []),
  ].join('; ');
}

function budgetLines({ budgets, unreadable }: CostReport, style: Style): string[] {
  const rows = budgets.flatMap((state) => stateRows(state));
  const missing = unreadable.map(
    (file) => `${file} cannot be loaded, its budgets are not shown: aiworkflow check ${file}`,
  );
  if (rows.length === 0) return missing.length > 0 ? ['', ...missing] : [];
  const heading = ['budget', 'limit', 'used or reserved', 'left'].map((name) => style('dim', name));
  return ['', ...renderTable([heading, ...rows], ['left', 'right', 'right', 'right']), ...missing];
}

function stateRows({ account, usd, tokens }: BudgetState): string[][] {
  return [
    ...(usd ? [[account, `$${usd.limit}`, formatCost(usd.used), formatCost(usd.left)]] : []),
    ...(tokens ? [[account, tokensOf(tokens.limit), tokensOf(tokens.used), tokensOf(tokens.left)]] : []),
  ];
}

const tokensOf = (count: number): string => `${formatCount(count)} tokens`;
