import type { CallEnded } from '../../domain/events.ts';
import type { CallState } from '../../engine/runs/fold-run.ts';
import { printable } from '../render/printable.ts';

/** Of a call without an end: that nobody knows, or what was decided about it, by whom and why. */
export function lostWords({ resolved }: CallState): string {
  if (!resolved) return 'no end in the log: in doubt';
  const { decision, by, why } = resolved;
  return `no end in the log; ${decisions[decision]}: decided by ${printable(by)} (${printable(why)})`;
}

const decisions = { retry: 'made again', result: 'its result was given', skip: 'passed over' } as const;

/** Where an answer is from that nobody asked for: a call that was not made must not look like one that was. */
export function sourceWords({ source }: CallEnded, recorded: string): string[] {
  if (source === 'edited') return ['edited: a person put it in the place of what was recorded'];
  return source === 'recorded' ? [recorded] : [];
}
