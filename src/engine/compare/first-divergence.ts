import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import type { Message } from '../../domain/message.ts';
import { messageWords } from '../../domain/message-words.ts';
import { type RequestDifference, requestDifferences } from '../../domain/request-difference.ts';
import { type RequestParts, requestOfCall } from '../../domain/request-parts.ts';
import type { CallState } from '../runs/fold-run.ts';
import { type ComparedCall, type ComparedRun, callNamed, comparePlaces, type Side } from './compared-run.ts';
import type { CallDivergence } from './run-comparison.ts';

/** The first call of a step that one run made and the other did not, asked otherwise, or was answered otherwise. */
export function firstDivergence(a: Side, b: Side): CallDivergence | null {
  const step = (a.step ?? b.step)?.path ?? '';
  const before = { a: 0, b: 0 };
  for (const pair of sideBySide(a.step?.calls ?? [], b.step?.calls ?? [])) {
    const found = divergenceOf(pair, { a: a.run, b: b.run, before });
    if (found) return { step, ...named(pair), ...found };
    before.a += pair.a?.added.length ?? 0;
    before.b += pair.b?.added.length ?? 0;
  }
  return null;
}

interface CallPair {
  readonly a: ComparedCall | undefined;
  readonly b: ComparedCall | undefined;
}

/** The calls of both, those at the same place together. */
function sideBySide(a: readonly ComparedCall[], b: readonly ComparedCall[]): CallPair[] {
  const [callsA, callsB] = [byPlace(a), byPlace(b)];
  const places = [...new Set([...callsA.keys(), ...callsB.keys()])].sort(comparePlaces);
  return places.map((place) => ({ a: callsA.get(place), b: callsB.get(place) }));
}

const byPlace = (calls: readonly ComparedCall[]): Map<string, ComparedCall> =>
  new Map(calls.map((call) => [call.place, call]));

const named = ({ a, b }: CallPair): Pick<CallDivergence, 'a' | 'b'> => ({
  a: a ? callNamed(a) : null,
  b: b ? callNamed(b) : null,
});

interface Reading {
  readonly a: ComparedRun;
  readonly b: ComparedRun;
  /** Messages that the conversations had before this call. */
  readonly before: { readonly a: number; readonly b: number };
}

type Found = Pick<CallDivergence, 'kind' | 'differences'>;

function divergenceOf({ a, b }: CallPair, reading: Reading): Found | undefined {
  if (!b) return { kind: 'only-a', differences: [] };
  if (!a) return { kind: 'only-b', differences: [] };
  const asked = askedOtherwise(a, b, reading);
  if (asked.length > 0) return { kind: 'asked', differences: asked };
  const answered = answeredOtherwise(a.last, b.last, reading);
  return answered.length > 0 ? { kind: 'answered', differences: answered } : undefined;
}

function askedOtherwise(a: ComparedCall, b: ComparedCall, { before, ...runs }: Reading): RequestDifference[] {
  if (a.last.begun.fingerprint === b.last.begun.fingerprint) return [];
  const was = requestOf(a, runs.a, before.a);
  const now = requestOf(b, runs.b, before.b);
  return requestDifferences(was, now).filter((difference) => difference.sameWords !== true);
}

function requestOf(
  { last, added }: ComparedCall,
  { load }: ComparedRun,
  messagesBefore: number,
): RequestParts {
  return requestOfCall({ ...last.begun, added }, { load, messagesBefore });
}

function answeredOtherwise(a: CallState, b: CallState, runs: Reading): RequestDifference[] {
  const [ended, other] = [outcomeOf(a), outcomeOf(b)];
  if (ended !== other)
    return [{ part: 'message', how: 'changed', what: 'how the call ended', was: ended, now: other }];
  const [was, now] = [resultOf(a), resultOf(b)];
  if (was === now) return [];
  return comparedWords(wordsUnder(was, runs.a), wordsUnder(now, runs.b));
}

/** What a person decided about a lost call stands in the place of its end; `ok` as if it had ended well. */
function outcomeOf({ ended, resolved }: CallState): string {
  if (resolved && resolved.decision !== 'retry') return resolved.decision === 'skip' ? 'passed over' : 'ok';
  if (!ended) return 'no end in the log';
  return ended.error ? `failed: ${ended.error.code}` : ended.status;
}

const resultOf = ({ ended, resolved }: CallState): Hash | undefined => resolved?.result ?? ended?.result;

function comparedWords(was: string | undefined, now: string | undefined): RequestDifference[] {
  if (was === undefined || now === undefined) {
    const what = 'the answer: a text of it is not in the log any more';
    return [{ part: 'message', how: 'unreadable', what }];
  }
  return was === now ? [] : [{ part: 'message', how: 'changed', what: 'the answer', was, now }];
}

/** What an answer or a tool's result says, without ids; undefined when its text is not there. */
function wordsUnder(hash: Hash | undefined, { load }: ComparedRun): string | undefined {
  if (hash === undefined) return '';
  const text = load(hash);
  if (text === undefined) return undefined;
  const message = JSON.parse(text) as Message & { readonly structured?: Json };
  const words = messageWords(message);
  return message.structured === undefined ? words : `${words}\n${canonicalJson(message.structured)}`;
}
