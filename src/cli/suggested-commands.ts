import { quoted } from './render/quoted.ts';

const named = /^--(db|project)(?:=(.*))?$/s;

/** ` --db other.db --project there`, as they were typed: a command that is suggested must look into the same log. */
export function placeOf(argv: readonly string[]): string {
  const given = argv.flatMap((word, index) => {
    const [, name, value = argv[index + 1]] = named.exec(word) ?? [];
    return name === undefined || value === undefined ? [] : [` --${name} ${quoted(value)}`];
  });
  return [...new Set(given)].join('');
}

const commands =
  /\baiworkflow (?:check|cost|diff|doctor|export|fork|import|lineage|prune|redact|replay|resolve|resume|runs?|show|swap|test|verify|why)(?![\w-])/g;

/** The commands in a text of the program's own, each with the place that was typed. */
export const withPlace = (text: string, place: string): string =>
  place === '' ? text : text.replace(commands, (command) => command + place);
