import type { CostUsd } from '../../domain/usage.ts';
import {
  type CasePair,
  changes,
  compareTools,
  effectDifferences,
  isCompared,
  missingResults,
  swappedCase,
} from './compare-cases.ts';
import { type FieldAgreement, fieldAgreement } from './field-agreement.ts';
import { pairedSpread } from './spread.ts';
import type { StepCase } from './step-cases.ts';
import type {
  MissingResult,
  Outcome,
  Outcomes,
  SwapReport,
  ToolCount,
  TrajectoryReport,
} from './swap-report.ts';
import { applyRules, type SwapRules } from './swap-rules.ts';

/** What is known of a swap besides its cases. */
export interface SwapFacts
  extends Pick<
    SwapReport,
    | 'swapId'
    | 'workflowId'
    | 'step'
    | 'candidate'
    | 'present'
    | 'recordedModels'
    | 'leftOut'
    | 'hasContract'
    | 'stopped'
  > {
  readonly thresholds: SwapRules;
  /** Fields that no rule looks at, as JSON pointers with `*` for the elements of lists. */
  readonly ignore: readonly string[];
  readonly budgetUsd: number;
  /** What all replays have paid, those that say nothing included. */
  readonly spentUsd: CostUsd;
}

export function summariseSwap(
  { ignore, budgetUsd, spentUsd, ...facts }: SwapFacts,
  pairs: readonly CasePair[],
): SwapReport {
  const compared = pairs.filter(isCompared);
  const fields = fieldAgreement(answersOf(compared), ignore);
  const missing = pairs.flatMap(missingResults);
  const trajectory = trajectoryOf(pairs, compared);
  const figures = figuresOf(compared, { fields, missing, trajectory, hasContract: facts.hasContract });
  return {
    ...facts,
    ...applyRules(figures, facts.thresholds),
    runs: runsOf(pairs),
    outcomes: { was: outcomes(pairs.map(({ was }) => was)), now: outcomes(pairs.map(({ now }) => now)) },
    fields,
    trajectory,
    missing,
    stopReasons: {
      was: tally(compared.flatMap(({ was }) => was.stopReasons)),
      now: tally(compared.flatMap(({ now }) => now.stopReasons)),
    },
    spent: {
      costUsd: pairedSpread(compared.map(({ was, now }) => [was.costUsd, now.costUsd])),
      latencyMs: pairedSpread(compared.map(({ was, now }) => [was.latencyMs, now.latencyMs])),
      inputTokens: pairedSpread(compared.map(({ was, now }) => [was.inputTokens, now.inputTokens])),
      outputTokens: pairedSpread(compared.map(({ was, now }) => [was.outputTokens, now.outputTokens])),
    },
    budget: { usd: budgetUsd, spentUsd },
  };
}

function figuresOf(
  compared: readonly CasePair[],
  {
    fields,
    missing,
    trajectory,
    hasContract,
  }: {
    readonly fields: readonly FieldAgreement[];
    readonly missing: readonly MissingResult[];
    readonly trajectory: TrajectoryReport;
    readonly hasContract: boolean;
  },
) {
  return {
    runs: new Set(compared.map(({ original }) => original)).size,
    cases: compared.length,
    passed: compared.filter(({ now }) => now.answer !== undefined).length,
    hasContract,
    worstField: fields.find(({ ignored }) => !ignored),
    ignoredFields: fields.filter(({ ignored }) => ignored).length,
    missing: missing.filter(({ answered, effect }) => !answered && !changes(effect)).length,
    effects: trajectory.effects.length,
  };
}

const answersOf = (compared: readonly CasePair[]) =>
  compared.flatMap(({ original, was, now }) =>
    was.answer === undefined || now.answer === undefined
      ? []
      : [{ original, path: was.path, was: was.answer, now: now.answer }],
  );

function runsOf(pairs: readonly CasePair[]): SwapReport['runs'] {
  return [...Map.groupBy(pairs, ({ original }) => original)].map(([original, ofRun]) => ({
    original,
    replay: ofRun[0]?.replay ?? '',
    cases: ofRun.map(swappedCase),
  }));
}

function outcomes(cases: readonly StepCase[]): Outcomes {
  const count = (outcome: Outcome): number => cases.filter((one) => one.outcome === outcome).length;
  return {
    'first-try': count('first-try'),
    repaired: count('repaired'),
    failed: count('failed'),
    missing: count('missing'),
    unfinished: count('unfinished'),
  };
}

/** Of cases that came to an end. A call with effects that was asked for counts in the others too. */
function trajectoryOf(pairs: readonly CasePair[], compared: readonly CasePair[]): TrajectoryReport {
  const ways = compared.map(compareTools);
  const count = (way: (typeof ways)[number]): number => ways.filter((one) => one === way).length;
  return {
    same: count('same'),
    reordered: count('reordered'),
    different: count('different'),
    tools: toolCounts(compared),
    effects: pairs.filter(({ now }) => now.outcome !== 'unfinished').flatMap(effectDifferences),
  };
}

function toolCounts(compared: readonly CasePair[]): ToolCount[] {
  const was = tally(compared.flatMap((pair) => pair.was.tools.map(({ tool }) => tool)));
  const now = tally(compared.flatMap((pair) => pair.now.tools.map(({ tool }) => tool)));
  const tools = [...new Set([...Object.keys(was), ...Object.keys(now)])].sort();
  return tools.map((tool) => ({ tool, was: was[tool] ?? 0, now: now[tool] ?? 0 }));
}

const tally = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
