import type { LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { type Position, stepOfPosition } from '../../domain/position.ts';
import type { ForkPoint } from './fork-point.ts';
import type { Past } from './past.ts';

/**
 * Which recorded calls stand before a fork point. What decides is what follows from what, not the clock: other items of
 * a loop and branches that do not use the forked step are kept whole, though they may have ended later.
 * A program's run has no definition that says what follows from what: there the order of the calls decides.
 */
export function keptBefore(
  past: Past,
  point: ForkPoint,
  workflow: LoadedWorkflow | undefined,
): (position: Position) => boolean {
  if (!workflow) return earlierThan(past, point);
  const target = point.step.split('/').map(readSegment);
  const follows = followers();
  return (position) =>
    isKept(stepOfPosition(position).split('/').map(readSegment), position, {
      target,
      point,
      workflow,
      follows,
    });
}

function earlierThan(past: Past, point: ForkPoint): (position: Position) => boolean {
  const first =
    point.call ?? [...past.calls.keys()].find((position) => isUnder(stepOfPosition(position), point.step));
  const limit = first === undefined ? Number.POSITIVE_INFINITY : (past.calls.get(first)?.order ?? 0);
  return (position) => (past.calls.get(position)?.order ?? 0) < limit;
}

const isUnder = (step: string, outer: string): boolean =>
  step === outer || (step.startsWith(outer) && /^[[~!/]/.test(step.slice(outer.length)));

/** One part of a step's path: `load[2]~3!2` is item 2 of `load`, its round 3, the second attempt of that. */
interface Segment {
  readonly id: string;
  readonly item?: number;
  readonly round?: number;
  readonly attempt?: number;
}

function readSegment(text: string): Segment {
  const [, id = text, item, round, attempt] = /^(.*?)(?:\[(\d+)\])?(?:~(\d+))?(?:!(\d+))?$/.exec(text) ?? [];
  return {
    id,
    ...(item !== undefined && { item: Number(item) }),
    ...(round !== undefined && { round: Number(round) }),
    ...(attempt !== undefined && { attempt: Number(attempt) }),
  };
}

interface Cut {
  readonly target: readonly Segment[];
  readonly point: ForkPoint;
  readonly workflow: LoadedWorkflow;
  readonly follows: Follows;
}

function isKept(
  path: readonly Segment[],
  position: Position,
  { target, point, workflow, follows }: Cut,
): boolean {
  let steps: readonly LoadedStep[] = workflow.steps;
  for (const [index, wanted] of target.entries()) {
    const segment = path[index];
    if (!segment) return true;
    if (segment.id !== wanted.id) return !follows(steps, segment.id, wanted.id);
    const isLast = index === target.length - 1;
    const order = compareSegments(segment, wanted, { whole: isLast && !point.call });
    if (order !== 'same') return order !== 'after';
    const step = steps.find(({ id }) => id === wanted.id);
    steps = step?.kind === 'workflow' ? step.workflow.steps : [];
  }
  return point.call !== undefined && path.length === target.length && isEarlierCall(position, point.call);
}

/** `apart`: another item of the loop, which neither precedes nor follows. */
function compareSegments(
  segment: Segment,
  wanted: Segment,
  { whole }: { readonly whole: boolean },
): 'before' | 'same' | 'after' | 'apart' {
  if (wanted.item !== undefined && segment.item !== wanted.item) return 'apart';
  const all = whole && wanted.round === undefined && wanted.attempt === undefined;
  return all ? 'same' : byNumbers(segment, wanted);
}

function byNumbers(segment: Segment, wanted: Segment): 'before' | 'same' | 'after' {
  const rounds = (segment.round ?? 0) - (wanted.round ?? segment.round ?? 0);
  const attempts = (segment.attempt ?? 1) - (wanted.attempt ?? 1);
  const difference = rounds === 0 ? attempts : rounds;
  if (difference === 0) return 'same';
  return difference < 0 ? 'before' : 'after';
}

/** Whether a step uses what the other one gives, directly or through others. */
type Follows = (steps: readonly LoadedStep[], id: string, other: string) => boolean;

/** Worked out once: step by step, a workflow of a few wide layers has more ways through it than a run has calls. */
function followers(): Follows {
  const known = new Map<readonly LoadedStep[], Map<string, ReadonlySet<string>>>();
  return (steps, id, other) => {
    const ofSteps = known.get(steps) ?? new Map<string, ReadonlySet<string>>();
    const found = ofSteps.get(other) ?? followersOf(steps, other);
    known.set(steps, ofSteps.set(other, found));
    return found.has(id);
  };
}

function followersOf(steps: readonly LoadedStep[], id: string): ReadonlySet<string> {
  const found = new Set<string>();
  const next = [id];
  for (let one = next.pop(); one !== undefined; one = next.pop())
    for (const step of steps) {
      if (found.has(step.id) || !step.needs.includes(one)) continue;
      found.add(step.id);
      next.push(step.id);
    }
  return found;
}

/** Calls of one step: by turn; in a turn the model's first, then the tools', which do not follow from each other. */
function isEarlierCall(position: Position, target: Position): boolean {
  const [call, wanted] = [readCall(position), readCall(target)];
  if (call.turn !== wanted.turn) return call.turn < wanted.turn;
  if (call.kind !== wanted.kind) return call.kind === 'm';
  if (call.index !== wanted.index) return true;
  return call.attempt < wanted.attempt;
}

function readCall(position: Position) {
  const name = position.slice(position.lastIndexOf('/') + 1);
  const [, kind = 'call', turn = '0', index = '0', attempt = '1'] =
    /^([mt])(\d+)(?:\.(\d+))?(?:[!?](\d+))?$/.exec(name) ?? [
      undefined,
      'call',
      '0',
      '0',
      /!(\d+)$/.exec(name)?.[1],
    ];
  return { kind, turn: Number(turn), index: Number(index), attempt: Number(attempt) };
}
