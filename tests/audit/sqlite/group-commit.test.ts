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
