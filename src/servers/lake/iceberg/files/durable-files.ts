import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../../../errors/index.ts';
import { IcebergError } from '../iceberg-error.ts';
import { isNoSpace, noSpace } from './failures.ts';

/**
 * Writes a new file and waits until the disk has it. Fails when there is one already; leaves none that is half written.
 * @throws IcebergError NO_SPACE
 */
export async function writeDurably(path: string, content: Buffer | string): Promise<void> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') await rm(path, { force: true });
    throw isNoSpace(error) ? noSpace(error) : error;
  }
}

/** Waits until the disk has a file that another program wrote. */
export async function syncFile(path: string): Promise<void> {
  await withHandle(path, (file) => file.sync());
}

/** Waits until the disk has the names in a folder: without it a power cut may take a file that is complete. */
export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; NTFS writes names through its journal.
  if (process.platform === 'win32') return;
  await withHandle(path, (folder) => folder.sync());
}

/**
 * Gives a file its name only when it is whole and on disk, and only if nobody has that name.
 * @returns false when another writer was first
 */
export async function linkDurably(path: string, content: string): Promise<boolean> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  await writeDurably(temporary, content);
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw isNoSpace(error) ? noSpace(error) : error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

/** A small file that readers find whole, old or new. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  await writeDurably(temporary, content);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** @throws IcebergError DAMAGED when the file is missing or cannot be read: the table says that it is there. */
export async function readTableFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new IcebergError('DAMAGED', `A file of the table cannot be read: ${messageOf(cause)}`, { cause });
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

async function withHandle(path: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'r');
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
