import type { StepPath } from '../domain/position.ts';

/** The command that shows a step, to be typed as it stands: `!`, `[` and `~` mean something to a shell. */
export function showStep(path: StepPath): string {
  const word = /^[\w/.-]+$/.test(path) ? path : `'${path}'`;
  return `\`aiworkflow show last --step ${word}\``;
}
