import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { posix } from 'node:path';
import { DefinitionError, messageOf } from '../../../errors/index.ts';

/**
 * Writes a document under another name first: whoever reads the folder meanwhile sees the old document or the new one,
 * and after a crash there is no half of one. Throws DefinitionError FILE_UNREADABLE.
 */
export function writeWhole(file: string, text: string): void {
  const folder = posix.dirname(file);
  const unfinished = posix.join(folder, `.${posix.basename(file)}.${randomUUID()}.unfinished`);
  try {
    mkdirSync(folder, { recursive: true });
    writeThrough(unfinished, text);
    renameSync(unfinished, file);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    throw new DefinitionError({
      code: 'FILE_UNREADABLE',
      message: `${file} cannot be written: ${messageOf(cause)}. Nothing was changed.`,
      hint: `make ${folder} a folder that you may write to.`,
      cause,
    });
  }
}

function writeThrough(file: string, text: string): void {
  const handle = openSync(file, 'wx');
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
