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
      if (isHelp(error)) return argv.length === 0 ? 2 : 0;
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
function isHelp(error: unknown): boolean {
  if (!isCommanderError(error)) return false;
  return ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code);
}
