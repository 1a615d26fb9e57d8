import type { Command, CommanderError } from 'commander';
import { DefinitionError, nearest } from '../errors/index.ts';

/** What commander found wrong with a command line, as an error of ours with what to type instead. */
export function usageError(
  error: CommanderError,
  { program, argv }: { readonly program: Command; readonly argv: readonly string[] },
): DefinitionError {
  const path = pathOf(program, argv);
  return new DefinitionError({
    code: 'USAGE',
    message: sentence(error.message),
    hint: hintFor(error, { program, path }),
    cause: error,
  });
}

function hintFor(
  error: CommanderError,
  { program, path }: { readonly program: Command; readonly path: readonly Command[] },
): string {
  const wrong = /'([^']+)'/.exec(error.message)?.[1] ?? '';
  const command = path.at(-1) ?? program;
  const help = `aiworkflow ${path.map((one) => `${one.name()} `).join('')}--help`;
  if (error.code === 'commander.unknownCommand')
    return guess(
      wrong,
      command.commands.map((one) => one.name()),
      help,
    );
  if (error.code !== 'commander.unknownOption') return help;
  const options = command.options.map((option) => option.long ?? '');
  return guess(wrong, options, help);
}

/** `contract check …` -> the command `contract`, then its own command `check`. */
function pathOf(program: Command, argv: readonly string[]): Command[] {
  const [name, ...rest] = argv;
  const command = program.commands.find((one) => one.name() === name);
  return command ? [command, ...pathOf(command, rest)] : [];
}

function guess(wrong: string, names: readonly string[], otherwise: string): string {
  const [name] = nearest(wrong, names);
  return name === undefined ? otherwise : `did you mean ${name}? Otherwise: ${otherwise}`;
}

/** `error: unknown option '--mdel'\n(Did you mean --model?)` -> `Unknown option '--mdel'.` */
function sentence(message: string): string {
  const text = (message.split('\n', 1)[0] ?? '').replace(/^error: /, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
