import { Command } from 'commander';
import { version } from '../runtime/program.ts';
import type { Cli, CommandModule } from './cli.ts';

/** Every command and where it is. A command's file is loaded when it is asked for; all of them for the help. */
const commands: Readonly<Record<string, () => Promise<CommandModule>>> = {
  run: () => import('./commands/run.ts'),
  resume: () => import('./commands/resume.ts'),
  replay: () => import('./commands/replay.ts'),
  fork: () => import('./commands/fork.ts'),
  resolve: () => import('./commands/resolve.ts'),
  swap: () => import('./commands/swap.ts'),
  check: () => import('./commands/check.ts'),
  contract: () => import('./commands/contract.ts'),
  test: () => import('./commands/test.ts'),
  runs: () => import('./commands/runs.ts'),
  show: () => import('./commands/show.ts'),
  cost: () => import('./commands/cost.ts'),
  diff: () => import('./commands/diff.ts'),
  why: () => import('./commands/why.ts'),
  lineage: () => import('./commands/lineage.ts'),
  verify: () => import('./commands/verify.ts'),
  export: () => import('./commands/export.ts'),
  import: () => import('./commands/import.ts'),
  redact: () => import('./commands/redact.ts'),
  prune: () => import('./commands/prune.ts'),
  catalog: () => import('./commands/catalog.ts'),
  lake: () => import('./commands/lake.ts'),
  doctor: () => import('./commands/doctor.ts'),
  init: () => import('./commands/init.ts'),
  server: () => import('./commands/server.ts'),
};

export const commandNames = Object.keys(commands);

export async function createProgram(argv: readonly string[], cli: Cli): Promise<Command> {
  const program = baseProgram();
  const asked = argv[0] ?? '';
  const load = Object.hasOwn(commands, asked) ? commands[asked] : undefined;
  const modules = load ? [await load()] : await Promise.all(Object.values(commands).map((one) => one()));
  for (const command of modules) command.register(program, cli);
  return program;
}

function baseProgram(): Command {
  return (
    new Command('aiworkflow')
      .description(
        'Runs workflows of prompts and contracts, and keeps an audit log that can answer for them.',
      )
      .version(version, '-v, --version', 'print the version')
      .helpOption('-h, --help', 'print this help')
      .helpCommand('help [command]', 'print the help of a command')
      // Errors are thrown and printed once, in main.ts, with what to type next.
      .exitOverride()
      .configureOutput({ outputError: () => undefined })
      .enablePositionalOptions()
      .addHelpText(
        'after',
        '\nExit codes: 0 ok, 1 the run failed, 2 wrong usage or definition, 3 stopped by a limit, 4 waiting, 130 interrupted.',
      )
  );
}
