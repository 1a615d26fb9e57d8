import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { seedOfThisRun } from '../../support/property-seed.ts';
import { temporaryFolder } from './support/open-test-lake.ts';

// No mount is needed: the process limits the size of its own files (setrlimit), from a chosen moment of a load on.

function canLimit(): boolean {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Try {
  readonly moment: number;
  /** What was done first when no file could grow any more. */
  readonly touched: string;
  readonly before: readonly [number, number];
  /** While no file can grow. */
  readonly during: readonly [number, number];
  readonly after: readonly [number, number];
  readonly failed?: string;
  readonly again: { readonly rows_loaded: number; readonly rows_rejected: number };
}

const longestLoad = 80;

/** Each third moment, begun at one that chance chose: over the runs all are seen. */
function chosenMoments(seed: number): number[] {
  const first = (Math.abs(seed) % 3) + 1;
  return Array.from({ length: longestLoad / 3 }, (_, index) => first + index * 3);
}

if (!canLimit())
  console.warn('skipped: loads without room (there is no prlimit of util-linux on this machine)');

test.runIf(canLimit())(
  'no file can grow from any moment of a load on: told, the table whole or unchanged and read, the file loaded next',
  { timeout: 240_000 },
  async () => {
    const seed = seedOfThisRun();
    const script = join(import.meta.dirname, 'fixtures/load-without-room.ts');
    const flags = [script, temporaryFolder(), ...chosenMoments(seed).map(String)];
    const { stdout } = await promisify(execFile)(process.execPath, flags);
    const lines = stdout.trim().split('\n');
    const tries = lines.map((line) => JSON.parse(line) as Try);
    for (const { before, during, after, failed, again, ...where } of tries) {
      const place = JSON.stringify({ seed, before, during, after, failed, ...where });
      const [rows, errors] = before;
      expect(again, place).toMatchObject({ rows_loaded: 2, rows_rejected: 1 });
      // Two good rows and a bad one, once.
      expect(after, place).toEqual([rows + 2, errors + 1]);
      // Rows without their rejects are seen as long as the other half cannot be made.
      expect([`${rows},${errors}`, `${rows + 2},${errors}`, `${rows + 2},${errors + 1}`], place).toContain(
        String(during),
      );
      if (failed === undefined) expect(during, place).toEqual(after);
      else
        expect(failed, place).toMatch(/no room on the disk|catalog\.sqlite in the warehouse.*SQLITE_IOERR/);
    }
    // The data files, the ledger, the manifests, the metadata files, the catalog.
    const failures = tries.filter(({ failed }) => failed !== undefined);
    expect(failures.length).toBeGreaterThan(15);
    expect(new Set(failures.map(({ failed = '' }) => failed.startsWith('There is no room'))).size).toBe(2);
  },
);
