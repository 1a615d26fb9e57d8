import type { CommanderError } from 'commander';
import type { Cli } from './cli.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';
import { placeOf } from './suggested-commands.ts';
import { processTerminal } from './terminal.ts';
import { usageError } from './usage-error.ts';

/** Runs one command line and resolves with its exit code. The one place where errors are printed. */
export async function main(argv: readonly string[]): Promise<number> {
  const cli: Cli = {
    terminal: processTerminal(),
    env: process.env,
    place: placeOf(argv),
    exitCode: 0,
  };
  try {
    const program = await createProgram(argv, cli);
    try {
      await program.parseAsync(argv, { from: 'user' });
    } catch (error) {
      // Help that nobody asked for stands for what is missing: a command, or one of a command's own.
      if (isHelp(error)) return error.exitCode === 0 && argv.length > 0 ? 0 : 2;
      throw isCommanderError(error) ? usageError(error, { program, argv }) : error;
    }
    return cli.exitCode;
  } catch (error) {
    return reportError(cli, error, { json: argv.includes('--json') });
  }
}

const isCommanderError = (error: unknown): error is CommanderError =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');

/** Help and version are printed already. */
function isHelp(error: unknown): error is CommanderError {
  if (!isCommanderError(error)) return false;
  return ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code);
}
