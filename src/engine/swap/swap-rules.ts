import { casesNeeded, confidence, passBound } from './pass-bound.ts';

/** What must hold before a model is called a safe replacement. Shares are 0 to 1. */
export interface SwapRules {
  /** Runs with at least one case that could be compared. */
  readonly minRuns: number;
  /** What the compared cases must prove of all cases: so many keep the contract. */
  readonly minPassRate: number;
  /** Of each field by itself: a good average must not hide one field that is always wrong. */
  readonly minAgreement: number;
}

/** 0.7 is what 9 cases without a failure prove, one fewer than a swap replays when nothing else is said. */
export const defaultRules: SwapRules = { minRuns: 5, minPassRate: 0.7, minAgreement: 0.95 };

export type SwapVerdict = 'safe' | 'not safe' | 'not enough evidence';

/** `broken` was seen to be so; `unproven` may be so, and too little is known. */
export interface RuleResult {
  readonly rule: string;
  /** The figures that it was applied to. */
  readonly found: string;
  readonly result: 'holds' | 'broken' | 'unproven';
  /** What would prove it. */
  readonly hint?: string;
}

/** The figures that the rules are applied to. A case is one execution of the step, or one item of it. */
export interface SwapFigures {
  readonly runs: number;
  readonly cases: number;
  /** Cases whose answer was accepted, at once or after repairs. */
  readonly passed: number;
  readonly hasContract: boolean;
  /** The field that agrees least, of those that count. */
  readonly worstField: { readonly field: string; readonly share: number } | undefined;
  readonly ignoredFields: number;
  /** Tool calls that only read, or may be repeated, and that the log does not hold. */
  readonly missing: number;
  /** Calls that change something and that only one side made. */
  readonly effects: number;
}

export function applyRules(
  figures: SwapFigures,
  rules: SwapRules = defaultRules,
): { readonly verdict: SwapVerdict; readonly rules: readonly RuleResult[] } {
  const results = [
    enoughRuns(figures, rules),
    everyAnswer(figures),
    proven(figures, rules),
    agreement(figures, rules),
    nothingMissing(figures),
    sameEffects(figures),
  ];
  return { verdict: verdictOf(results), rules: results };
}

/** What was seen to be wrong weighs more than what is not known. */
function verdictOf(results: readonly RuleResult[]): SwapVerdict {
  if (results.some(({ result }) => result === 'broken')) return 'not safe';
  return results.every(({ result }) => result === 'holds') ? 'safe' : 'not enough evidence';
}

function enoughRuns({ runs }: SwapFigures, { minRuns }: SwapRules): RuleResult {
  const holds = runs >= minRuns;
  return {
    rule: `at least ${minRuns} runs were compared`,
    found: String(runs),
    result: holds ? 'holds' : 'unproven',
    ...(!holds && { hint: 'a higher --last, a higher --budget, or more runs of the workflow.' }),
  };
}

function everyAnswer({ cases, passed, hasContract }: SwapFigures): RuleResult {
  return {
    rule: hasContract ? 'every answer keeps the contract' : 'every case comes to an answer',
    found: `${passed} of ${cases}`,
    result: passed < cases ? 'broken' : cases === 0 ? 'unproven' : 'holds',
  };
}

function proven({ cases, passed }: SwapFigures, { minPassRate }: SwapRules): RuleResult {
  const bound = passBound(passed, cases);
  const holds = bound >= minPassRate;
  return {
    rule: `that proves ${percent(minPassRate)} of all cases (${percent(confidence)} sure)`,
    found: percent(bound),
    result: holds ? 'holds' : 'unproven',
    ...(!holds && { hint: `${casesNeeded(minPassRate)} cases without a failure would.` }),
  };
}

function agreement(
  { worstField, hasContract, ignoredFields, cases }: SwapFigures,
  rules: SwapRules,
): RuleResult {
  const ignored = ignoredFields === 0 ? '' : ` (${ignoredFields} ignored)`;
  const rule = `every field agrees in ${percent(rules.minAgreement)} of its values${ignored}`;
  if (!worstField) return { rule, found: 'no field', result: cases === 0 ? 'unproven' : 'holds' };
  const { field, share } = worstField;
  const found = `${field === '' ? 'the answer' : field}: ${percent(share)}`;
  if (share >= rules.minAgreement) return { rule, found, result: 'holds' };
  if (hasContract) return { rule, found, result: 'broken' };
  // Two models never write the same prose: that says nothing about its worth.
  const hint = 'texts are compared letter by letter: give the step a response contract.';
  return { rule, found, result: 'unproven', hint };
}

function nothingMissing({ missing }: SwapFigures): RuleResult {
  return {
    rule: 'the log holds every tool call that it asked for',
    found: missing === 0 ? 'all' : `${missing} missing`,
    result: missing === 0 ? 'holds' : 'unproven',
    ...(missing > 0 && { hint: '--on-miss live makes those that only read.' }),
  };
}

function sameEffects({ effects, cases }: SwapFigures): RuleResult {
  return {
    rule: 'it makes the same calls that change something',
    found: effects === 0 ? 'the same' : `${effects} on one side only`,
    result: effects > 0 ? 'broken' : cases === 0 ? 'unproven' : 'holds',
  };
}

/** Cut, not rounded: 94.96% must not be shown as the 95% that it is not. */
const percent = (share: number): string => `${Math.floor(share * 1000 + 1e-9) / 10}%`;
