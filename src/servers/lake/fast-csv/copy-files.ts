import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Files for copies of one kind, one after the other. A file that has been read is written over, under a new name: the
 * system need not find memory for its pages again, which costs more than to fill them.
 */
export class CopyFiles {
  readonly #folder: string;
  readonly #spare: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  open(): CopyFile {
    const path = join(this.#folder, `chunk-${randomUUID()}.csv`);
    const spare = this.#spare.pop();
    // Never under a name that was read before: whoever remembers what was in it would not look again.
    if (spare !== undefined) renameSync(spare, path);
    return new CopyFile(path, spare === undefined ? 'wx' : 'r+');
  }

  /** Its content has been read. */
  giveBack(path: string): void {
    this.#spare.push(path);
  }
}

/** A copy that is being written. */
export class CopyFile {
  readonly path: string;
  readonly #handle: number;
  bytes = 0;

  constructor(path: string, flags: 'wx' | 'r+') {
    this.path = path;
    this.#handle = openSync(path, flags);
  }

  write(bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(this.#handle, bytes, written, bytes.length - written, this.bytes + written);
    }
    this.bytes += bytes.length;
  }

  /** What the file held before and is longer goes. */
  close(): void {
    try {
      ftruncateSync(this.#handle, this.bytes);
    } finally {
      closeSync(this.#handle);
    }
  }
}
