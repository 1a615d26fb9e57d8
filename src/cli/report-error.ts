import { AiworkflowError, exitCodeOf, failureRecord, renderError } from '../errors/index.ts';
import { printable } from './render/printable.ts';
import type { Terminal } from './terminal.ts';

/** Prints an error, once, and gives the exit code that it stands for. */
export function reportError(
  error: unknown,
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
): number {
  const exitCode = exitCodeOf(error);
  if (json) terminal.out(JSON.stringify(errorLine(error, exitCode)));
  else terminal.err(printable(renderError(error)));
  return exitCode;
}

function errorLine(error: unknown, exitCode: number) {
  const runId = AiworkflowError.is(error) ? error.runId : undefined;
  return { type: 'error', ...(runId !== undefined && { runId }), ...failureRecord(error), exitCode };
}
