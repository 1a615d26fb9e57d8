import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandNames } from '../../src/cli/program.ts';
import { runCli } from './support/run-cli.ts';

const page = join(import.meta.dirname, '../../docs/cli.md');
const block = /```text\n\$ aiworkflow ([^\n]*--help)\n[\s\S]*?```/g;

test('docs/cli.md shows the help of every command as the program prints it (UPDATE_DOCS=1 writes it)', async () => {
  const text = readFileSync(page, 'utf8');
  let expected = text;
  for (const [whole, args = ''] of text.matchAll(block)) {
    const { stdout } = await runCli(args.split(' '), { cwd: '.' });
    expected = expected.replace(whole, () => `\`\`\`text\n$ aiworkflow ${args}\n${stdout.trimEnd()}\n\`\`\``);
  }
  if (process.env['UPDATE_DOCS']) writeFileSync(page, expected);
  expect(readFileSync(page, 'utf8')).toBe(expected);
});

test('every command has its section', () => {
  const sections = [...readFileSync(page, 'utf8').matchAll(/^## (\w+)$/gm)].map((match) => match[1]);
  expect(sections).toEqual(commandNames);
});
