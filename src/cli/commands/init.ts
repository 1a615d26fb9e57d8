import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import type { Cli } from '../cli.ts';
import { starterFiles } from '../init/starter-files.ts';
import { wrongUsage } from '../wrong-usage.ts';

export function register(program: Command, cli: Cli): void {
  program
    .command('init')
    .description('write a first project: aiworkflow.yaml, a workflow, a prompt')
    .argument('[dir]', 'where', '.')
    .action((dir: string) => initCommand(cli, dir));
}

async function initCommand({ terminal }: Cli, dir: string): Promise<void> {
  const existing = Object.keys(starterFiles).filter((path) => existsSync(join(dir, path)));
  // All or nothing: half a starter over somebody's own files would be neither.
  if (existing.length > 0)
    throw wrongUsage(
      `${existing.map((path) => join(dir, path)).join(', ')} ${existing.length === 1 ? 'is' : 'are'} there already; nothing was written.`,
      'aiworkflow init <another folder>',
    );
  for (const [path, text] of Object.entries(starterFiles)) {
    await writeNew(join(dir, path), text);
    terminal.out(`wrote ${join(dir, path)}`);
  }
  const there = dir === '.' ? '' : `cd ${dir}\n`;
  terminal.out(
    `\n${there}export ANTHROPIC_API_KEY=…        or set another model in aiworkflow.yaml\naiworkflow check hello\naiworkflow run hello --param name=Ada`,
  );
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    throw new DefinitionError({
      code: 'FILE_UNREADABLE',
      message: `${file} cannot be written: ${messageOf(cause)}.`,
      hint: 'choose a folder that you may write to: aiworkflow init <dir>.',
      cause,
    });
  }
}
