import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { DefinitionError, messageOf } from '../errors/index.ts';

/** Under another name first: half an export must never stand under the name of a whole one. */
export function writeWhole(file: string, lines: readonly string[]): void {
  const unfinished = `${file}.unfinished`;
  try {
    writeFileSync(unfinished, lines.map((line) => `${line}\n`).join(''));
    renameSync(unfinished, file);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    throw new DefinitionError({
      code: 'FILE_UNREADABLE',
      message: `${file} cannot be written: ${messageOf(cause)}.`,
      hint: 'name a file in a folder that exists and that you may write to.',
      cause,
    });
  }
}
