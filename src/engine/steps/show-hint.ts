import type { StepPath } from '../../domain/position.ts';

/** The command that shows a step, to be typed as it stands: `!`, `[` and `~` mean something to a shell. */
export function showStep(path: StepPath): string {
  return `\`aiworkflow show last --step ${shellWord(path)}\``;
}

/** A path or a position as a shell takes it. */
export const shellWord = (text: string): string => (/^[\w/.-]+$/.test(text) ? text : `'${text}'`);
