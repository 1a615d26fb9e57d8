import { alignTexts } from '../../domain/align-texts.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { requestOfCall } from '../../domain/request-parts.ts';
import { type ComparedCall, type ComparedRun, callNamed, type Side } from './compared-run.ts';
import type { Trajectory } from './run-comparison.ts';

/**
 * Which calls both steps made, in order. What a model was asked does not count here: after the first difference every
 * later request holds it. That it was asked does, and so do the tools and their arguments.
 */
export function compareTrajectories(a: Side, b: Side): Trajectory {
  const [callsA, callsB] = [a.step?.calls ?? [], b.step?.calls ?? []];
  if (sameRequests(callsA, callsB)) return { same: callsA.length, onlyA: [], onlyB: [] };
  const pairs = alignTexts(
    callsA.map((call) => wordFor(call, a.run)),
    callsB.map((call) => wordFor(call, b.run)),
  );
  const onlyA = pairs.flatMap(({ was, now }) => (now === undefined ? named(callsA[was ?? -1]) : []));
  const onlyB = pairs.flatMap(({ was, now }) => (was === undefined ? named(callsB[now ?? -1]) : []));
  return { same: pairs.length - onlyA.length - onlyB.length, onlyA, onlyB };
}

const named = (call: ComparedCall | undefined) => (call ? [callNamed(call)] : []);

/** Then no text need be read. */
function sameRequests(a: readonly ComparedCall[], b: readonly ComparedCall[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ last, place }, index) => {
      const other = b[index];
      return other?.place === place && other.last.begun.fingerprint === last.begun.fingerprint;
    })
  );
}

function wordFor({ last: { begun } }: ComparedCall, { load }: ComparedRun): string {
  if (begun.call === 'model') return 'model';
  const request = requestOfCall(begun, { load: (hash) => (hash === begun.request ? load(hash) : undefined) });
  const known = request.call === 'tool' && request.arguments;
  return `${begun.name} ${known ? canonicalJson(known) : begun.fingerprint}`;
}
