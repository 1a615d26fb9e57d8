import { type Position, type StepPath, stepOfPosition } from '../../domain/position.ts';
import type { EffectClass } from '../../domain/tool.ts';
import type { Past } from '../../engine/journal/past.ts';

/** What each way of repeating a step could do to the world, and why. */
export interface StepSafety {
  readonly step: StepPath;
  /** Nothing outside the log is asked: always safe. */
  readonly frozen: Verdict;
  readonly toolsLive: Verdict;
  readonly modelLive: Verdict;
}

export interface Verdict {
  readonly safe: boolean;
  readonly why: string;
}

/** The steps of a run that made calls, in the order in which they began. */
export function replaySafety(past: Past): StepSafety[] {
  const steps = Map.groupBy(past.calls.values(), ({ begun }) => stepOfPosition(begun.position));
  return [...steps].map(([step, calls]) => {
    const tools = calls.filter(({ begun }) => begun.call === 'tool');
    const lost = calls
      .filter(({ ended, resolved }) => !ended && !resolved)
      .map(({ begun }) => begun.position);
    const effects = tools.map(({ begun }) => begun).filter(({ effect }) => changes(effect));
    const names = [...new Set(effects.map(({ name, effect = 'irreversible' }) => `${name} (${effect})`))];
    return {
      step,
      frozen:
        lost.length === 0
          ? safe('every call is in the log')
          : unsafe(`${lost.join(', ')} has no end in the log`),
      toolsLive: toolsVerdict(tools.length, names),
      modelLive: modelVerdict(calls.length - tools.length, tools.length),
    };
  });
}

/** The tools of a run whose calls change something, with their class; `counts`: of these calls only. */
export function effectsOf(past: Past, counts: (position: Position) => boolean = () => true): string[] {
  const tools = [...past.calls.values()]
    .map(({ begun }) => begun)
    .filter(({ call, effect, position }) => call === 'tool' && changes(effect) && counts(position));
  return [...new Set(tools.map(({ name, effect = 'irreversible' }) => `${name} (${effect})`))];
}

const changes = (effect: EffectClass | undefined): boolean => effect !== 'read' && effect !== 'idempotent';

function toolsVerdict(count: number, effects: readonly string[]): Verdict {
  if (count === 0) return safe('it calls no tool');
  if (effects.length === 0) return safe('its tools only read, or may be repeated');
  return unsafe(`it would do again: ${effects.join(', ')}`);
}

function modelVerdict(models: number, tools: number): Verdict {
  if (models === 0) return safe('it asks no model');
  return safe(
    tools === 0
      ? 'it calls no tool; the model is paid for'
      : 'its tools answer from the log; the model is paid for',
  );
}

const safe = (why: string): Verdict => ({ safe: true, why });
const unsafe = (why: string): Verdict => ({ safe: false, why });
