import { addCosts, type CostFigures, noCosts } from '../../audit/sqlite/cost-figures.ts';
import type { CostRow } from '../../audit/sqlite/list-costs.ts';

export const groupings = ['workflow', 'step', 'model', 'day', 'run'] as const;
export type Grouping = (typeof groupings)[number];

/** What the calls of one workflow, step, model, day or run took. */
export interface CostGroup extends CostFigures {
  /** Empty for the sum of all. */
  readonly name: string;
}

/** Days in their order, all else the dearest first. */
export function groupCosts(rows: readonly CostRow[], by: Grouping): readonly CostGroup[] {
  const groups = [...Map.groupBy(rows, (row) => nameOf(row, by))].map(([name, all]) => sumOf(all, name));
  return groups.sort((a, b) =>
    by === 'day' ? compare(a.name, b.name) : b.knownUsd - a.knownUsd || compare(a.name, b.name),
  );
}

export const totalCosts = (rows: readonly CostRow[]): CostGroup => sumOf(rows, '');

const sumOf = (rows: readonly CostRow[], name: string): CostGroup => ({
  name,
  ...rows.reduce(addCosts, noCosts),
});

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
