import { type Budget, type Budgets, budgetList } from '../../domain/limits.ts';

/** The budgets of a run: its workflow's own, and those of the project beside them. */
export interface RunBudgets {
  readonly budget?: Budgets;
  readonly projectBudget?: Budgets;
}

/**
 * What somebody typed for one run (`resume --budget 5`) in place of what workflow and project declare for a run, dollars
 * and tokens apart. Budgets for days and months stay: no single run may change what all of them share.
 */
export function chosenBudgets(declared: RunBudgets, chosen: Budgets | undefined): RunBudgets {
  const given = budgetList(chosen);
  if (given.length === 0) return declared;
  const own = budgetList(declared.budget);
  const projects = budgetList(declared.projectBudget);
  const replaced = [...own, ...projects].filter((budget) => isOfRun(budget) && budget.usd !== undefined);
  const allowUnknownPrice =
    replaced.length > 0 && replaced.every((budget) => budget.allowUnknownPrice === true);
  const budget = given.map((one) => ({
    ...(allowUnknownPrice && one.usd !== undefined && { allowUnknownPrice }),
    ...one,
  }));
  const kept = projects.flatMap((one) => without(one, given));
  return {
    budget: [...budget, ...own.flatMap((one) => without(one, given))],
    ...(kept.length > 0 && { projectBudget: kept }),
  };
}

const isOfRun = ({ per = 'run' }: Budget): boolean => per === 'run';

/** The budget without the limits that were chosen anew; nothing when none are left. */
function without(budget: Budget, chosen: readonly Budget[]): readonly Budget[] {
  if (!isOfRun(budget)) return [budget];
  const isChosen = (unit: 'usd' | 'tokens') => chosen.some((one) => isOfRun(one) && one[unit] !== undefined);
  const { usd, tokens, allowUnknownPrice, ...rest } = budget;
  const dollars =
    usd !== undefined && !isChosen('usd') ? { usd, ...(allowUnknownPrice && { allowUnknownPrice }) } : {};
  const left = { ...dollars, ...(tokens !== undefined && !isChosen('tokens') && { tokens }) };
  return Object.keys(left).length > 0 ? [{ ...rest, ...left }] : [];
}
