import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Known {
  /** What `runs --json` prints. */
  readonly runs?: readonly object[];
  /** What `lake history product_core.product` prints. */
  readonly history?: object;
}

/** A clone with a lake, in which the program answers what it knows, and whoever starts a run is told so. */
function cloneWith(traces: readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-day-two-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'scripts'));
  cpSync(join(root, 'scripts/demo.mjs'), join(dir, 'scripts/demo.mjs'));
  for (const path of traces) mkdirSync(join(dir, '.aiworkflow', path), { recursive: true });
  mkdirSync(join(dir, 'bin'));
  const day = ({ runs = [], history }: Known = {}) => {
    const lines = runs.map((run) => JSON.stringify(run)).join('\n');
    writeFileSync(
      join(dir, 'bin/aiworkflow.mjs'),
      `const [command] = process.argv.slice(2);
if (command === 'runs') console.log(${JSON.stringify(lines)});
else if (command === 'lake' && ${history !== undefined}) console.log(${JSON.stringify(JSON.stringify(history ?? null))});
else { console.error(command === 'lake' ? 'no such table' : 'it was run'); process.exit(3); }`,
    );
    return spawnSync(process.execPath, ['scripts/demo.mjs', 'day-two'], { cwd: dir, encoding: 'utf8' });
  };
  return { dir, day };
}

const publishedBy = (runId: string) => ({ snapshot: '1', keys: { 'aiworkflow.run': runId } });

test.each([['lake/product_raw/brennhaus_bmecat'], ['feeds/brennhaus_bmecat']])(
  'a second day that was run already (%s) is not run again',
  (trace) => {
    const { dir, day } = cloneWith(['lake/product_raw/pinegate', trace]);
    const known = { runs: [{ runId: 'r1', status: 'ok' }], history: publishedBy('r1') };
    expect(day(known)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^The second day was run.*`npm run demo` begins anew.*\n$/),
    });
    rmSync(join(dir, '.aiworkflow', trace), { recursive: true });
    expect(day(known)).toMatchObject({ status: 3, stderr: 'it was run\n' });
  },
);

const failed = { runId: 'r1', status: 'failed', held: false };

test.each<[string, Known, RegExp]>([
  [
    'failed before it published',
    { runs: [failed] },
    /not complete: its run r1 has the status "failed"\.\n`npx aiworkflow resume r1` goes on/,
  ],
  ['failed after it published', { runs: [failed], history: publishedBy('r1') }, /not complete.*r1/],
  [
    'was killed',
    { runs: [{ ...failed, status: 'running' }] },
    /not complete: its run r1 has the status "died"/,
  ],
  ['is under way', { runs: [{ ...failed, status: 'running', held: true }] }, /under way: run r1\. Wait/],
  ['is in no log', { history: publishedBy('r1') }, /holds no first day that a run of the log has made/],
  [
    'was begun anew, and only the former one published',
    { runs: [{ runId: 'r2', status: 'ok' }] },
    /holds no first day/,
  ],
])('a first day that %s is not taken for a complete one', (_, known, said) => {
  const { day } = cloneWith(['lake/product_raw/pinegate']);
  const { status, stdout, stderr } = day(known);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(said);
});

test('a first day that ended well counts, whatever was run since', () => {
  const { day } = cloneWith(['lake/product_raw/pinegate']);
  const known = {
    runs: [
      { ...failed, runId: 'r2' },
      { runId: 'r1', status: 'ok' },
    ],
    history: publishedBy('r1'),
  };
  expect(day(known)).toMatchObject({ status: 3, stderr: 'it was run\n' });
});
