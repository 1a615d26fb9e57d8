import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { lakeTools } from '../../../src/servers/lake/tools/index.ts';

// What docs/lake.md says of arguments and tools, held against the program.
const page = readFileSync('docs/lake.md', 'utf8');
const rowsAfter = (head: string): string[][] => {
  const table = page.slice(page.indexOf(head)).split('\n\n')[0] ?? '';
  return table
    .split('\n')
    .slice(2)
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
};
/** `a, b?: [{c, d}]` and `a`, `b?: …` -> a, b?: names of the outermost level alone. */
const namesIn = (cell: string): string[] => {
  let text = cell.replaceAll(/\([^)]*\)/g, '').replaceAll('`', '');
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replaceAll(/\{[^{}]*\}|\[[^[\]{}]*\]/g, '');
  }
  return text
    .split(',')
    .map((part) => part.split(':')[0]?.trim() ?? '')
    .filter((name) => name !== '')
    .sort();
};
const fieldsOf = (schema: z.ZodObject): string[] => {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? name : `${name}?`))
    .sort();
};

test('the table of arguments names those that the server takes', () => {
  const source = readFileSync('src/servers/lake/parse-args.ts', 'utf8');
  const options = /options: \{(.*?)\n {6}\}/s.exec(source)?.[1] ?? '';
  const taken = [...options.matchAll(/^ {8}'?([a-z-]+)'?:/gm)].map(([, name]) => `--${name}`);
  const told = rowsAfter('| argument | default |').map(([, cell = '']) => /--[a-z-]+/.exec(cell)?.[0]);
  // There only to say that it is gone.
  expect(told.sort()).toEqual(taken.filter((name) => name !== '--database').sort());
});

const told = rowsAfter('| tool | input |');

test('the table of tools names the tools', () => {
  expect(told.map(([, cell = '']) => cell.replaceAll('`', '')).sort()).toEqual(
    lakeTools.map(({ name }) => name).sort(),
  );
});

test.each(lakeTools.map((tool) => [tool.name, tool] as const))(
  '%s is told with its fields and its effect',
  (name, tool) => {
    const [, , input = '', output = '', effect = ''] = told.find(([, cell]) => cell === `\`${name}\``) ?? [];
    expect(namesIn(input)).toEqual(fieldsOf(tool.input));
    expect(namesIn(output)).toEqual(fieldsOf(tool.output));
    const { readOnlyHint, idempotentHint } = tool.annotations;
    expect(effect.split(' ')[0]).toBe(readOnlyHint ? 'read' : idempotentHint ? 'idempotent' : 'writes');
  },
);
