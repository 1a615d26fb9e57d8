import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Json } from '../../domain/json.ts';
import { type Budget, type Budgets, budgetList } from '../../domain/limits.ts';
import type { LoadedPromptStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { formatLocation } from '../../domain/source-location.ts';
import type { CostUsd } from '../../domain/usage.ts';
import {
  countCharacters,
  outputLimit,
  type WorstCase,
  worstCaseOf,
  worstCost,
} from '../../domain/worst-case.ts';
import type { PriceBook } from '../../ports/price-book.ts';
import type { Finding } from './report.ts';

export interface BudgetQuestion {
  readonly prices: PriceBook;
  /** Milliseconds since 1970: prices change with time. */
  readonly atMs: number;
  readonly projectBudget?: Budgets;
}

/** Warns of steps whose first call alone does not fit a budget over it: a run would stop there, with everything paid. */
export function checkBudgets(workflow: LoadedWorkflow, question: BudgetQuestion): Finding[] {
  return checkInside(workflow, { ...question, over: budgetList(question.projectBudget) });
}

interface Surroundings extends BudgetQuestion {
  readonly over: readonly Budget[];
  readonly model?: string;
}

function checkInside(workflow: LoadedWorkflow, around: Surroundings): Finding[] {
  const model = workflow.model ?? around.model;
  return workflow.steps.flatMap((step) => {
    const over = [...around.over, ...budgetList(workflow.budget), ...budgetList(step.budget)];
    const here = { ...around, over, ...(model !== undefined && { model }) };
    if (step.kind === 'workflow') return checkInside(step.workflow, here);
    return step.kind === 'prompt' ? checkCall(step, here) : [];
  });
}

function checkCall(step: LoadedPromptStep, around: Surroundings): Finding[] {
  const model = step.model ?? around.model;
  if (model === undefined || around.over.length === 0) return [];
  const worst = firstCall(step);
  const usd = worstCost(worst, step.settings, (usage) => around.prices.cost(model, usage, around.atMs));
  const minding = around.over.find((budget) => budget.usd !== undefined && budget.allowUnknownPrice !== true);
  if (usd === null && minding) return [priceUnknown(step, model, minding)];
  const small = around.over.find((budget) => !fits(budget, worst, usd));
  return small ? [tooSmall(step, { model, worst, usd, budget: small })] : [];
}

/** Values fill templates later, and tools are not asked for: what is counted here is the least that will be reserved. */
function firstCall({ prompt, response, settings }: LoadedPromptStep): WorstCase {
  const texts = [
    ...prompt.messages.map(({ template }) => template.text),
    // Schemas are plain JSON by construction.
    ...(response ? [canonicalJson(response.schema as Json)] : []),
  ];
  const characters = texts.reduce((sum, text) => sum + countCharacters(text), 0);
  return worstCaseOf({ characters, tools: 0, settings });
}

function fits(budget: Budget, worst: WorstCase, usd: CostUsd): boolean {
  if (budget.usd !== undefined && (usd ?? 0) > budget.usd) return false;
  return budget.tokens === undefined || worst.inputTokens + worst.outputTokens <= budget.tokens;
}

interface SmallBudget {
  readonly model: string;
  readonly worst: WorstCase;
  readonly usd: CostUsd;
  readonly budget: Budget;
}

function tooSmall(step: LoadedPromptStep, { model, worst, usd, budget }: SmallBudget): Finding {
  const isDollars = budget.usd !== undefined && (usd ?? 0) > budget.usd;
  const tokens = (count: number): string => `${count.toLocaleString('en')} tokens`;
  const [may, limit] = isDollars
    ? [`$${(usd ?? 0).toFixed(4)}`, `$${budget.usd}`]
    : [tokens(worst.inputTokens + worst.outputTokens), tokens(budget.tokens ?? 0)];
  const assumed = outputLimit(step.settings) === undefined;
  return {
    code: 'BUDGET_EXCEEDED',
    message: `One call of step "${step.id}" (${model}) may take ${may}; the budget${placeOf(budget)} is ${limit}. It would not be made.`,
    hint: `${assumed ? `Set settings.maxOutputTokens (${tokens(worst.outputTokens)} are assumed for its answer)` : 'Lower settings.maxOutputTokens'}, choose a cheaper model, or raise the budget.`,
    location: step.location,
  };
}

function priceUnknown(step: LoadedPromptStep, model: string, budget: Budget): Finding {
  return {
    code: 'PRICE_UNKNOWN',
    message: `Step "${step.id}" has a budget in dollars${placeOf(budget)}, and no price is known for ${model}: its calls would be refused.`,
    hint: `Give it a price under \`prices:\` in aiworkflow.yaml, or set allowUnknownPrice: true beside usd.`,
    location: step.location,
  };
}

const placeOf = ({ location }: Budget): string => (location ? ` in ${formatLocation(location)}` : '');
