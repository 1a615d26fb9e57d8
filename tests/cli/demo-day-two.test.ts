import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test.each([['lake/product_raw/brennhaus_bmecat'], ['feeds/brennhaus_bmecat']])(
  'a second day that was run already (%s) is not run again',
  (trace) => {
    const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-day-two-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    mkdirSync(join(dir, 'scripts'));
    cpSync(join(root, 'scripts/demo.mjs'), join(dir, 'scripts/demo.mjs'));
    for (const path of ['lake/product_raw/pinegate', trace])
      mkdirSync(join(dir, '.aiworkflow', path), { recursive: true });
    // Whoever runs the program is told so.
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin/aiworkflow.mjs'), 'console.error("it was run"); process.exit(3);');
    const day = () =>
      spawnSync(process.execPath, ['scripts/demo.mjs', 'day-two'], { cwd: dir, encoding: 'utf8' });
    expect(day()).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^The second day was run.*`npm run demo` begins anew.*\n$/),
    });
    rmSync(join(dir, '.aiworkflow', trace), { recursive: true });
    expect(day()).toMatchObject({ status: 3, stderr: 'it was run\n' });
  },
);
