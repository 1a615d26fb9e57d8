import { expect, test } from 'vitest';
import { GroupCommit } from '../../../src/audit/sqlite/group-commit.ts';
import { unwritable } from '../../../src/audit/sqlite/log-errors.ts';

test('what grows large is written at once, and what follows waits for its commit again', async () => {
  const written: string[][] = [];
  const queue = new GroupCommit(
    ({ blobs }) => void written.push([...blobs.keys()]),
    (cause) => unwritable('audit.db', cause),
  );
  const queueText = (hash: string, bytes: number): void =>
    queue.queueBlob(hash, { encoding: 'utf8', body: Buffer.alloc(bytes) });
  queueText('small', 1);
  expect(written).toEqual([]);
  queueText('large', 8_000_000);
  expect(written).toEqual([['small', 'large']]);
  queueText('next', 1);
  queueText('last', 1);
  expect(written).toHaveLength(1);
  await queue.commit();
  expect(written[1]).toEqual(['next', 'last']);
});

test('one write that fails is the last: what would go through again is refused, and nothing follows the hole', async () => {
  const cause = new Error('the disk was away for a moment');
  const written: string[][] = [];
  let isAway = true;
  const queue = new GroupCommit(
    ({ blobs }) => {
      if (isAway) throw cause;
      written.push([...blobs.keys()]);
    },
    (error) => unwritable('audit.db', error),
  );
  const queueText = (hash: string): void =>
    queue.queueBlob(hash, { encoding: 'utf8', body: Buffer.alloc(1) });
  queueText('lost');
  const failure = expect.objectContaining({ code: 'LOG_UNWRITABLE', cause });
  await expect(queue.commit()).rejects.toEqual(failure);
  isAway = false;
  queueText('next');
  await expect(queue.commit()).rejects.toEqual(failure);
  expect(() => queue.flush()).toThrow(queue.failure);
  expect(() => queue.assertWritable()).toThrow(queue.failure);
  expect(queue.failure).toEqual(failure);
  expect(written).toEqual([]);
});
