import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CopyFiles } from '../../../src/servers/lake/fast-csv/copy-files.ts';
import { temporaryFolder } from './support/open-test-lake.ts';

function written(files: CopyFiles, ...parts: readonly string[]): string {
  const copy = files.open();
  for (const part of parts) copy.write(Buffer.from(part));
  expect(copy.bytes).toBe(Buffer.byteLength(parts.join('')));
  copy.close();
  return copy.path;
}

test('a shorter copy that is written over a longer one has nothing of it, and another name', () => {
  const folder = temporaryFolder();
  const files = new CopyFiles(folder);
  const long = written(files, '1;a\n', '2;bé\n', '3;c\n');
  expect(readFileSync(long, 'utf8')).toBe('1;a\n2;bé\n3;c\n');
  files.giveBack(long);
  const short = written(files, '4;d\n');
  expect(readFileSync(short, 'utf8')).toBe('4;d\n');
  expect(short).not.toBe(long);
  // Written over, not beside.
  expect(readdirSync(folder)).toHaveLength(1);
  files.giveBack(short);
  expect(readFileSync(written(files), 'utf8')).toBe('');
});

test('a copy that was not given back is not touched', () => {
  const files = new CopyFiles(temporaryFolder());
  const first = written(files, 'kept\n');
  const second = written(files, 'x\n');
  expect(readFileSync(first, 'utf8')).toBe('kept\n');
  expect(second).not.toBe(first);
});
