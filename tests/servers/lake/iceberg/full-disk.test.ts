import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { explainFailure, IcebergError } from '../../../../src/servers/lake/iceberg/index.ts';
import { temporaryFolder } from './support/test-warehouse.ts';

/** A disk of 4 MB of our own: a mount in a namespace that ends with the process. */
function inSmallDisk(command: string): string[] {
  return [
    'unshare',
    '--user',
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    `mount -t tmpfs -o size=4m none "$1" && ${command}`,
  ];
}

function canMount(): boolean {
  try {
    const [program = '', ...rest] = inSmallDisk('true');
    execFileSync(program, [...rest, 'sh', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Try {
  readonly name: string;
  readonly blocks: number;
  /** Undefined when the write went through. */
  readonly code?: string;
  readonly seen: number;
  readonly before: { readonly rows: number; readonly location: string };
  readonly after: { readonly rows: number; readonly location: string };
  readonly orphans: readonly string[];
}

if (!canMount())
  console.warn(
    'skipped: a full disk (unshare of util-linux cannot mount a tmpfs as this user on this machine)',
  );

test.runIf(canMount())(
  'a disk that is full at any moment of a write is told, the table stays, it is read, nothing is left',
  { timeout: 120_000 },
  async () => {
    const program = fileURLToPath(new URL('support/full-disk-process.ts', import.meta.url));
    const [command = '', ...rest] = inSmallDisk('exec "$2" "$3" "$1"');
    const { stdout } = await promisify(execFile)(command, [
      ...rest,
      'sh',
      temporaryFolder(),
      process.execPath,
      program,
    ]);
    const tries = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Try);
    const failed = tries.filter(({ code }) => code !== undefined);
    expect(tries.length - failed.length).toBe(2);
    // Data file, manifest, list, version file, catalog: each was the one that found no room.
    expect(failed.length).toBeGreaterThan(10);
    for (const found of failed) {
      const { code, seen, before, after, orphans } = found;
      if (code === 'IN_DOUBT') {
        // The version file had its name: the change is made, also for those who read while the catalog cannot be written.
        expect(after.rows, JSON.stringify(found)).not.toBe(before.rows);
        expect(seen).toBe(after.rows);
        continue;
      }
      expect(code, JSON.stringify(found)).toBe('NO_SPACE');
      expect([seen, after], JSON.stringify(found)).toEqual([before.rows, before]);
      expect(orphans).toEqual([]);
    }
  },
);

test.each([
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
  Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }),
  new Error('IO Error: Could not write all bytes to file "/w/data/rows-1.parquet": No space left on device'),
])('%s is told as a disk without room', (error) => {
  const explained = explainFailure(error, '/w');
  expect(explained).toMatchObject({ code: 'NO_SPACE', cause: error });
  expect(IcebergError.is(explained) && explained.hint).toContain('nothing was changed');
});
