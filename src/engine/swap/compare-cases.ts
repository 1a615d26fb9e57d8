import { agreement } from '../../domain/json-difference.ts';
import type { EffectClass } from '../../domain/tool.ts';
import { missedCall, type StepCase, type ToolUse } from './step-cases.ts';
import { isOfOwnBudget } from './stops-swap.ts';
import type { EffectDifference, MissingResult, SwappedCase } from './swap-report.ts';

/** The same case then and now. */
export interface CasePair {
  readonly original: string;
  readonly replay: string;
  readonly was: StepCase;
  readonly now: StepCase;
}

/** The cases of a recorded run that came to an answer, with what the replay made of them. */
export function pairCases(
  { original, replay }: Pick<CasePair, 'original' | 'replay'>,
  was: ReadonlyMap<string, StepCase>,
  now: ReadonlyMap<string, StepCase>,
): CasePair[] {
  return [...was].flatMap(([path, one]) => {
    if (one.answer === undefined) return [];
    return [{ original, replay, was: one, now: withOwnBudget(now.get(path) ?? notBegun(path), replay) }];
  });
}

const withOwnBudget = (one: StepCase, replay: string): StepCase =>
  isOfOwnBudget(one.error, replay) ? { ...one, outcome: 'failed' } : one;

const notBegun = (path: string): StepCase => ({
  path,
  outcome: 'unfinished',
  tools: [],
  stopReasons: [],
  costUsd: 0,
  latencyMs: 0,
  inputTokens: 0,
  outputTokens: 0,
});

/** It says something about the candidate: an answer, or that there is none. */
export const isCompared = ({ now }: CasePair): boolean =>
  now.outcome !== 'unfinished' && now.outcome !== 'missing';

export function swappedCase({ was, now }: CasePair): SwappedCase {
  const both = was.answer !== undefined && now.answer !== undefined;
  return {
    path: was.path,
    was: was.outcome,
    now: now.outcome,
    agreement: both ? agreement(was.answer, now.answer).share : null,
    ...(now.error && { error: now.error }),
  };
}

export type PathComparison = 'same' | 'reordered' | 'different';

/** Which tools were called with what, and in which order. */
export function compareTools({ was, now }: CasePair): PathComparison {
  const [before, after] = [was.tools.map(contentOf), now.tools.map(contentOf)];
  if (before.join(' ') === after.join(' ')) return 'same';
  return before.sort().join(' ') === after.sort().join(' ') ? 'reordered' : 'different';
}

const contentOf = ({ content }: ToolUse): string => content;

export const changes = (effect: EffectClass): boolean => effect === 'irreversible' || effect === 'reversible';

/** Calls that change something and that only one side made; one that was made twice, too. */
export function effectDifferences({ original, was, now }: CasePair): EffectDifference[] {
  const place = { original, path: was.path };
  const missed = missedCall(now.error);
  const asked =
    missed && changes(missed.effect)
      ? [{ ...place, tool: missed.tool, effect: missed.effect, side: 'only-now' } as const]
      : [];
  // Of a case that broke off nobody knows what it would have called next.
  const omitted = now.outcome === 'missing' ? [] : beyond(was.tools, now.tools);
  return [
    ...omitted.map(({ tool, effect }) => ({ ...place, tool, effect, side: 'only-was' as const })),
    ...beyond(now.tools, was.tools).map(({ tool, effect }) => ({
      ...place,
      tool,
      effect,
      side: 'only-now' as const,
    })),
    ...asked,
  ];
}

function beyond(tools: readonly ToolUse[], others: readonly ToolUse[]): ToolUse[] {
  const left = others.map(contentOf);
  return tools.filter(({ effect, content }) => {
    if (!changes(effect)) return false;
    const at = left.indexOf(content);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Calls that the log does not hold: the one that the case ended with, and those that were made for real. */
export function missingResults({ original, now }: CasePair): MissingResult[] {
  const place = { original, path: now.path };
  const missed = missedCall(now.error);
  const made = now.tools.filter(({ source }) => source === 'live');
  return [
    ...made.map(({ tool, effect }) => ({ ...place, tool, effect, arguments: null, answered: true })),
    ...(missed ? [{ ...place, ...missed, answered: false }] : []),
  ];
}
