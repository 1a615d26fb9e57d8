import { AiworkflowError, messageOf } from './base.ts';
import { errorCatalogue } from './catalogue.ts';

/** `Error: …` and, when there is something to do about it, `Try: …`. The one printer of errors. */
export function renderError(error: unknown): string {
  if (!AiworkflowError.is(error)) {
    const stack = error instanceof Error && error.stack ? error.stack : messageOf(error);
    return `Error: ${stack}\nTry: this is a defect of aiworkflow; the lines above say where.`;
  }
  const lines = [`Error: ${error.message} [${error.code}]`];
  if (error.hint) lines.push(`Try: ${error.hint}`);
  return lines.join('\n');
}

/** The code's own; but 2 says that nothing was run, which is untrue of an error that ended a run. */
export function exitCodeOf(error: unknown): number {
  if (!AiworkflowError.is(error)) return 1;
  const { exit } = errorCatalogue[error.code];
  return exit === 2 && error.runId !== undefined ? 1 : exit;
}
