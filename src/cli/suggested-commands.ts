import { quoted } from './render/quoted.ts';

const named = /^--(db|project|warehouse|server)(?:=(.*))?$/s;

/** ` --db other.db --project there`, as they were typed: a command that is suggested must look into the same log, lake and catalog. */
export function placeOf(argv: readonly string[]): string {
  const words = argv.flatMap((word, index) => {
    const [, name, value = argv[index + 1]] = named.exec(word) ?? [];
    return name === undefined || value === undefined ? [] : [` --${name} ${quoted(value)}`];
  });
  return [...new Set(words)].join('');
}

const given = / --(db|project|warehouse|server) (?:(?:'[^']*'|\\')+|\S+)/g;

/** Commands that are suggested, and which of these options they have. */
const commands: readonly { readonly pattern: RegExp; readonly options: readonly string[] }[] = [
  {
    pattern:
      /\baiworkflow (?:check|cost|diff|doctor|export|fork|import|prune|redact|replay|resolve|resume|runs?|show|swap|test|verify)(?![\w-])/g,
    options: ['db', 'project'],
  },
  { pattern: /\baiworkflow (?:lineage|why)(?![\w-])/g, options: ['db', 'project', 'warehouse'] },
  { pattern: /\baiworkflow lake [a-z]+(?![\w-])/g, options: ['project', 'warehouse'] },
  { pattern: /\baiworkflow catalog [a-z]+(?![\w-])/g, options: ['project', 'server'] },
  { pattern: /\baiworkflow contract [a-z]+(?![\w-])/g, options: ['project'] },
];

/** The commands in a text of the program's own, each with what was typed of the options that it has. */
export function withPlace(text: string, place: string): string {
  const typed = [...place.matchAll(given)].map(([option, name = '']) => ({ option, name }));
  // What a hint says itself, it says better.
  const wanted = typed.filter(({ name }) => !text.includes(` --${name} `));
  return commands.reduce((said, { pattern, options }) => {
    const added = wanted.filter(({ name }) => options.includes(name)).map(({ option }) => option);
    return said.replace(pattern, (command) => command + added.join(''));
  }, text);
}
