import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import { agreement, jsonDifferences } from '../../domain/json-difference.ts';
import type { StepResult } from '../../domain/result.ts';
import type { ComparedRun, Side } from './compared-run.ts';
import type { AnswerComparison } from './run-comparison.ts';

/** What the step handed on, without what it cost. */
export function compareStepAnswers(a: Side, b: Side): AnswerComparison {
  const response = (value: Json): Json => (value as unknown as StepResult).response;
  const hashes = [a.step?.state.result, b.step?.state.result] as const;
  return compareTexts(readBoth(hashes, [a.run, b.run], response));
}

/** What the runs returned. */
export function compareResults(a: ComparedRun, b: ComparedRun): AnswerComparison {
  return compareTexts(readBoth([a.run.result, b.run.result], [a, b], (value) => value));
}

/** `lost`: there is an answer, and the log does not hold its text. */
type Answer = { readonly value: Json } | 'none' | 'lost';

interface Answers {
  readonly a: Answer;
  readonly b: Answer;
  /** The same text: it need not be read to be known to be equal. */
  readonly same: boolean;
}

function readBoth(
  [hashA, hashB]: readonly [Hash | undefined, Hash | undefined],
  [runA, runB]: readonly [ComparedRun, ComparedRun],
  pick: (value: Json) => Json,
): Answers {
  const read = (hash: Hash | undefined, { load }: ComparedRun): Answer => {
    if (hash === undefined) return 'none';
    const text = load(hash);
    return text === undefined ? 'lost' : { value: pick(JSON.parse(text) as Json) };
  };
  const same = hashA !== undefined && hashA === hashB;
  return { a: read(hashA, runA), b: read(hashB, runB), same };
}

function compareTexts({ a, b, same }: Answers): AnswerComparison {
  if (same) return { state: 'equal', agreement: 1, differences: [] };
  if (a === 'none' || b === 'none') return { state: oneSided(a, b), agreement: null, differences: [] };
  if (a === 'lost' || b === 'lost') return { state: 'unreadable', agreement: null, differences: [] };
  const differences = jsonDifferences(a.value, b.value);
  if (differences.length === 0) return { state: 'equal', agreement: 1, differences };
  return { state: 'different', agreement: agreement(a.value, b.value).share, differences };
}

function oneSided(a: Answer, b: Answer): AnswerComparison['state'] {
  if (a === 'none' && b === 'none') return 'none';
  return a === 'none' ? 'only-b' : 'only-a';
}
