import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** What every command gets of its surroundings. */
export interface Cli {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** ` --db other.db`: the options that say which log, as they were typed, for commands that are suggested. */
  readonly place: string;
  /** 0 unless a command that printed its result has to end otherwise (`doctor`, `verify`). */
  exitCode: number;
}

/**
 * One file of `commands/`: adds its command to the program. It may import the command line's own small files; all
 * that is heavy (the runtime, the log, YAML) it imports when it runs.
 */
export interface CommandModule {
  register(program: Command, cli: Cli): void;
}
