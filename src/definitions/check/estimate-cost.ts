import { type Budget, type Budgets, budgetList, effectiveLimits, type Limits } from '../../domain/limits.ts';
import type { LoadedPromptStep, LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { addCost, type CostUsd, noUsage } from '../../domain/usage.ts';
import type { PriceBook } from '../../ports/price-book.ts';
import type { CostRange, StepCost } from './report.ts';

export interface CostQuestion {
  readonly prices?: PriceBook;
  /** Prices change with time: milliseconds since 1970. */
  readonly atMs: number;
  /** What former runs of this workflow cost; unknown costs are left out. */
  readonly history?: readonly CostUsd[];
  readonly projectBudget?: Budgets;
}

// English prose has about four characters to a token in the tokenizers of the large providers.
const charactersPerToken = 4;
const shortAnswerTokens = 50;

export function estimateCost(workflow: LoadedWorkflow, question: CostQuestion): CostRange {
  const steps = stepCosts(workflow, { ...question, prefix: '' });
  const lows = steps.map((step) => step.lowUsd);
  const highs = steps.map((step) => (step.perItem ? null : step.highUsd));
  const high = highs.reduce(addCost, 0);
  const cap = capOf([...budgetList(question.projectBudget), ...budgetList(workflow.budget)], high);
  const former = formerRuns(question.history ?? []);
  return {
    lowUsd: lows.reduce(addCost, 0),
    highUsd: cap === undefined ? high : Math.min(cap, high ?? cap),
    steps,
    ...(former && { formerRuns: former }),
  };
}

/** The least of the budgets in dollars, whatever period they are for: a run has no more than its day. */
function capOf(budgets: readonly Budget[], high: CostUsd): number | undefined {
  // Where unknown prices are allowed, what they come to is bounded by nothing.
  const caps = budgets.flatMap(({ usd, allowUnknownPrice }) =>
    usd === undefined || (high === null && allowUnknownPrice) ? [] : [usd],
  );
  return caps.length > 0 ? Math.min(...caps) : undefined;
}

interface Surroundings extends CostQuestion {
  readonly prefix: string;
  readonly model?: string;
  readonly limits?: Limits;
  readonly perItem?: boolean;
  readonly mayBeSkipped?: boolean;
  readonly times?: number;
}

function stepCosts(workflow: LoadedWorkflow, around: Surroundings): StepCost[] {
  const model = workflow.model ?? around.model;
  const limits = { ...around.limits, ...workflow.limits };
  return workflow.steps.flatMap((step) => {
    const here = inside(step, { ...around, limits, ...(model !== undefined && { model }) });
    if (step.kind === 'prompt') return promptCost(step, here);
    return step.kind === 'workflow'
      ? stepCosts(step.workflow, { ...here, prefix: `${here.prefix}${step.id}/` })
      : [];
  });
}

function inside(step: LoadedStep, around: Surroundings): Surroundings {
  return {
    ...around,
    perItem: (around.perItem ?? false) || step.forEach !== undefined,
    mayBeSkipped: (around.mayBeSkipped ?? false) || step.when !== undefined || step.forEach !== undefined,
    times: (around.times ?? 1) * step.maxRounds * (step.retry?.attempts ?? 1),
    limits: { ...around.limits, ...step.limits },
  };
}

function promptCost(step: LoadedPromptStep, around: Surroundings): StepCost {
  const model = step.model ?? around.model;
  const { low, high } = prices(step, model, around);
  return {
    step: around.prefix + step.id,
    ...(model !== undefined && { model }),
    lowUsd: around.mayBeSkipped ? 0 : low,
    highUsd: high === null ? null : high * (around.times ?? 1),
    perItem: around.perItem ?? false,
  };
}

function prices(
  step: LoadedPromptStep,
  model: string | undefined,
  { prices: book, atMs, limits }: Surroundings,
): { low: CostUsd; high: CostUsd } {
  if (model === undefined || !book) return { low: null, high: null };
  const cost = (inputTokens: number, outputTokens: number) =>
    book.cost(model, { ...noUsage, inputTokens, outputTokens }, atMs);
  const { tokens } = effectiveLimits(limits);
  const characters = step.prompt.messages.reduce((sum, { template }) => sum + template.text.length, 0);
  const asInput = cost(tokens, 0);
  const asOutput = cost(0, tokens);
  return {
    low: cost(Math.ceil(characters / charactersPerToken), shortAnswerTokens),
    // The limit counts both kinds together; whichever is dearer bounds it.
    high: asInput === null || asOutput === null ? null : Math.max(asInput, asOutput),
  };
}

function formerRuns(history: readonly CostUsd[]): CostRange['formerRuns'] {
  const known = history.filter((cost) => cost !== null).toSorted((a, b) => a - b);
  const [min] = known;
  const max = known.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const middle = known.length / 2;
  const median = ((known[Math.ceil(middle) - 1] ?? min) + (known[Math.floor(middle)] ?? max)) / 2;
  return { count: known.length, minUsd: min, medianUsd: median, maxUsd: max };
}
