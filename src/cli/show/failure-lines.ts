import type { FailureRecord } from '../../domain/events.ts';
import { divergenceLines } from '../render/divergence-lines.ts';
import { printable } from '../render/printable.ts';
import { withPlace } from '../suggested-commands.ts';
import type { PageOptions } from './run-page.ts';

/** How a run or a step ended badly, in the words that were printed then. */
export async function failureLines(
  failure: FailureRecord | undefined,
  { style, columns, place }: PageOptions,
): Promise<string[]> {
  if (!failure) return [];
  const { message, code, hint } = failure;
  const shown = await divergenceLines(failure, { style, columns });
  return [
    '',
    style('red', `Error: ${shown?.headline ?? printable(message)} [${code}]`),
    ...(shown?.lines ?? []),
    ...(hint === undefined ? [] : [`Try: ${printable(withPlace(hint, place))}`]),
  ];
}
