import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { withLakeToLook } from '../../src/cli/lake/look-at-lake.ts';
import { Session } from '../../src/servers/lake/storage/statement.ts';
import { temporaryFolder } from '../servers/lake/support/open-test-lake.ts';
import { openTestStore } from '../servers/lake/support/open-test-store.ts';

test('a lake that cannot be looked at leaves no folder and no file open', async () => {
  const warehouse = temporaryFolder();
  await (await openTestStore(warehouse)).close();
  const spills = temporaryFolder();
  vi.stubEnv('TMPDIR', spills);
  const { open } = Session;
  onTestFinished(() => {
    vi.unstubAllEnvs();
    Session.open = open;
  });
  let spillsWhenOpened: string[] = [];
  Session.open = () => {
    spillsWhenOpened = readdirSync(spills);
    return Promise.reject(new Error('no connection'));
  };
  await expect(withLakeToLook({ warehouse, project: warehouse }, async () => 'looked')).rejects.toThrow(
    'no connection',
  );
  expect(spillsWhenOpened).toHaveLength(1);
  expect(readdirSync(spills)).toEqual([]);
  expect(openFilesIn(warehouse)).toEqual([]);
  Session.open = open;
  expect(await withLakeToLook({ warehouse, project: warehouse }, async () => 'looked')).toBe('looked');
});

/** Nothing where the system does not tell. */
function openFilesIn(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd')
    .map((fd) => linkOf(join('/proc/self/fd', fd)))
    .filter((path) => path.startsWith(folder));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // The one by which the folder itself was read.
    return '';
  }
}
