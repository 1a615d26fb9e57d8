import { AiworkflowError, exitCodeOf, failureRecord, renderError } from '../errors/index.ts';
import type { Cli } from './cli.ts';
import { printable } from './render/printable.ts';
import { withPlace } from './suggested-commands.ts';

/** Prints an error, once, and gives the exit code that it stands for. */
export async function reportError(
  { terminal, place }: Pick<Cli, 'terminal' | 'place'>,
  error: unknown,
  { json }: { readonly json: boolean },
): Promise<number> {
  const exitCode = exitCodeOf(error);
  if (json) terminal.out(JSON.stringify(errorLine(error, { exitCode, place })));
  else terminal.err(await errorText(error, { terminal, place }));
  return exitCode;
}

async function errorText(
  error: unknown,
  { terminal, place }: Pick<Cli, 'terminal' | 'place'>,
): Promise<string> {
  if (!AiworkflowError.is(error)) return printable(renderError(error));
  const { code, message, hint } = error;
  const { divergenceLines } = await import('./render/divergence-lines.ts');
  const { errStyle: style, columns } = terminal;
  const shown = await divergenceLines(failureRecord(error), { style, columns });
  return [
    `Error: ${shown?.headline ?? printable(message)} [${code}]`,
    ...(shown?.lines ?? []),
    ...(hint ? [`Try: ${printable(withPlace(hint, place))}`] : []),
  ].join('\n');
}

function errorLine(
  error: unknown,
  { exitCode, place }: { readonly exitCode: number; readonly place: string },
) {
  const { hint, ...failure } = failureRecord(error);
  const runId = AiworkflowError.is(error) ? error.runId : undefined;
  return {
    type: 'error',
    ...(runId !== undefined && { runId }),
    ...failure,
    ...(hint !== undefined && { hint: withPlace(hint, place) }),
    exitCode,
  };
}
