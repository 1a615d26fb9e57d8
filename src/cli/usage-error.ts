import type { Command, CommanderError } from 'commander';
import { DefinitionError, nearest } from '../errors/index.ts';

/** What commander found wrong with a command line, as an error of ours with what to type instead. */
export function usageError(
  error: CommanderError,
  { program, argv }: { readonly program: Command; readonly argv: readonly string[] },
): DefinitionError {
  const command = program.commands.find((one) => one.name() === argv[0]);
  return new DefinitionError({
    code: 'USAGE',
    message: sentence(error.message),
    hint: hintFor(error, { program, command }),
    cause: error,
  });
}

function hintFor(
  error: CommanderError,
  { program, command }: { readonly program: Command; readonly command: Command | undefined },
): string {
  const wrong = /'([^']+)'/.exec(error.message)?.[1] ?? '';
  if (error.code === 'commander.unknownCommand')
    return guess(
      wrong,
      program.commands.map((one) => one.name()),
      'aiworkflow --help',
    );
  const help = `aiworkflow ${command ? `${command.name()} ` : ''}--help`;
  if (error.code !== 'commander.unknownOption') return help;
  const options = (command ?? program).options.map((option) => option.long ?? '');
  return guess(wrong, options, help);
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
