import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, openSync, readdirSync, readlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type FileFacts, readFileFacts } from '../../../src/servers/lake/sources/file-facts.ts';
import { hashBeside } from '../../../src/servers/lake/sources/hash-beside.ts';
import { temporaryFolder } from './support/open-test-lake.ts';

// From 64 MiB on a file is hashed in a thread of its own while it is looked at here.

const megabyte = 1024 * 1024;
const line = Buffer.from(`${'x'.repeat(62)}é\n`);
const damaged = Buffer.from(`${'y'.repeat(60)}\xff\xfe\0z`, 'latin1');

/** A file of so many bytes, with letters, line ends, and damage in its last megabyte. Made here: no vendor has sent it. */
function makeFile(bytes: number): { path: string; sha256: string; lines: number; letters: number } {
  const path = join(temporaryFolder(), 'large.csv');
  const hash = createHash('sha256');
  const handle = openSync(path, 'w');
  const count = Math.floor((bytes - damaged.length) / line.length);
  const block = Buffer.concat(Array.from({ length: 4096 }, () => line));
  const write = (part: Buffer) => {
    hash.update(part);
    writeSync(handle, part);
  };
  for (let left = count; left > 0; left -= 4096) write(block.subarray(0, Math.min(left, 4096) * line.length));
  write(damaged);
  closeSync(handle);
  // The last line has no end.
  return { path, sha256: hash.digest('hex'), lines: count + 1, letters: count };
}

function without({ state: _, ...facts }: FileFacts): Omit<FileFacts, 'state'> {
  return facts;
}

test.each([
  ['just below the bound, read once', 64 * megabyte - 1],
  ['just above it, read by two', 64 * megabyte + 100],
])('the facts of a file are those of its bytes: %s', { timeout: 60_000 }, async (_, bytes) => {
  const file = makeFile(bytes);
  const facts = await readFileFacts(file.path);
  expect(without(facts)).toMatchObject({
    sha256: file.sha256,
    bytes: file.letters * line.length + damaged.length,
    invalidUtf8Bytes: 2,
    hasNulBytes: true,
    physicalLines: file.lines,
  });
  expect(facts.utf8Sequences).toBeGreaterThanOrEqual(10_000);
  expect(facts.utf8Sequences).toBeLessThanOrEqual(file.letters);
});

/** Open handles of this process (its threads too) on the file. */
function readersOf(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;
}

test.runIf(process.platform === 'linux')(
  'a file that grows while it is read by two is read again by one, as one content',
  { timeout: 60_000 },
  async () => {
    const { path } = makeFile(65 * megabyte);
    const reading = readFileFacts(path);
    // One has begun; the other may have ended by the time that a second thread is up.
    while (readersOf(path) < 1) await setImmediate();
    appendFileSync(path, 'new line\n');
    const facts = await reading;
    const again = await readFileFacts(path);
    expect(facts).toEqual(again);
  },
);

test('a file that is not there is an error, of the facts and of the thread', async () => {
  const missing = join(temporaryFolder(), 'none.csv');
  await expect(readFileFacts(missing)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(hashBeside(missing).hashed).rejects.toThrow('ENOENT');
});

test('the thread reads what is there: an empty file too', async () => {
  const path = join(temporaryFolder(), 'empty.csv');
  closeSync(openSync(path, 'w'));
  expect(await hashBeside(path).hashed).toEqual({ sha256: createHash('sha256').digest('hex'), size: 0 });
});
