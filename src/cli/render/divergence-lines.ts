import type { FailureRecord } from '../../domain/events.ts';
import type { Divergence } from '../../engine/journal/divergence.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';
import { textDifference } from './text-difference.ts';

export interface DivergencePage {
  readonly style: Style;
  readonly columns: number;
}

/**
 * What a REPLAY_DIVERGED says, as it is shown everywhere: the place, then what was and what is, line by line. Undefined
 * for every other failure, and for a divergence that has no two texts.
 */
export async function divergenceLines(
  { code, message, details }: FailureRecord,
  { style, columns }: DivergencePage,
): Promise<{ readonly headline: string; readonly lines: readonly string[] } | undefined> {
  if (code !== 'REPLAY_DIVERGED') return undefined;
  const { differences = [] } = (details ?? {}) as unknown as Partial<Divergence>;
  if (differences.length === 0) return undefined;
  const lines: string[] = [];
  for (const { what, was, now } of differences) {
    const contrast = await textDifference({ was, now }, { style, columns: columns - 2, lines: 20 });
    lines.push(`- ${printable(what)}`, ...contrast.map((line) => `  ${line}`));
  }
  return { headline: printable(firstLine(message)), lines };
}

export const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
