import type { CostRow } from '../../audit/sqlite/list-costs.ts';

export const groupings = ['workflow', 'step', 'model', 'day', 'run'] as const;
export type Grouping = (typeof groupings)[number];

/** What the calls of one workflow, step, model, day or run took. */
export interface CostGroup {
  /** Empty for the sum of all. */
  readonly name: string;
  readonly calls: number;
  readonly replayedCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly knownUsd: number;
  readonly unknownCalls: number;
  readonly inDoubtCalls: number;
  readonly inDoubtUsd: number;
}

/** Days in their order, all else the dearest first. */
export function groupCosts(rows: readonly CostRow[], by: Grouping): readonly CostGroup[] {
  const groups = new Map<string, CostGroup>();
  for (const row of rows) {
    const name = nameOf(row, by);
    groups.set(name, sum(groups.get(name) ?? { ...nothing, name }, row));
  }
  return [...groups.values()].sort((a, b) =>
    by === 'day' ? compare(a.name, b.name) : b.knownUsd - a.knownUsd || compare(a.name, b.name),
  );
}

export function totalCosts(rows: readonly CostRow[]): CostGroup {
  return rows.reduce<CostGroup>(sum, nothing);
}

const nothing: CostGroup = {
  name: '',
  calls: 0,
  replayedCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  knownUsd: 0,
  unknownCalls: 0,
  inDoubtCalls: 0,
  inDoubtUsd: 0,
};

function sum(group: CostGroup, row: CostRow): CostGroup {
  return {
    name: group.name,
    calls: group.calls + row.calls,
    replayedCalls: group.replayedCalls + row.replayedCalls,
    inputTokens: group.inputTokens + row.inputTokens,
    outputTokens: group.outputTokens + row.outputTokens,
    knownUsd: group.knownUsd + row.knownUsd,
    unknownCalls: group.unknownCalls + row.unknownCalls,
    inDoubtCalls: group.inDoubtCalls + row.inDoubtCalls,
    inDoubtUsd: group.inDoubtUsd + row.inDoubtUsd,
  };
}

function nameOf(row: CostRow, by: Grouping): string {
  switch (by) {
    case 'workflow':
      return row.workflowId;
    case 'step':
      return `${row.workflowId}/${stepName(row.step)}`;
    case 'model':
      return row.model;
    case 'day':
      return row.day;
    case 'run':
      return row.runId;
  }
}

/** A step with all its items, rounds and attempts: `load[2]!2/check~3` is `load/check`. */
const stepName = (path: string): string => path.replaceAll(/\[\d+\]|[~!]\d+/g, '');

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
