import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

// scripts/setup.mjs in a small project of its own, with an npm that only writes down what it was asked for.
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aiworkflow setup '));
  for (const folder of ['scripts', 'src/deep', 'bin']) mkdirSync(join(dir, folder), { recursive: true });
  cpSync(join(import.meta.dirname, '../../scripts/setup.mjs'), join(dir, 'scripts/setup.mjs'));
  writeFileSync(join(dir, 'bin/npm'), '#!/bin/sh\necho "$@" >> asked.txt\n', { mode: 0o755 });
  touch('package-lock.json', 100);
  touch('src/deep/a.ts', 100);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const touch = (path: string, atSeconds: number): void => {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), '');
  utimesSync(join(dir, path), atSeconds, atSeconds);
  if (path.startsWith('src/'))
    for (const folder of ['src/deep', 'src']) utimesSync(join(dir, folder), atSeconds, atSeconds);
};

function setUp(): { asked: string[]; printed: number } {
  const PATH = `${join(dir, 'bin')}${delimiter}${process.env['PATH']}`;
  const { stdout, status } = spawnSync(process.execPath, ['scripts/setup.mjs'], {
    cwd: dir,
    env: { PATH },
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  const file = join(dir, 'asked.txt');
  const asked = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return { asked, printed: stdout.split('\n').length - 1 };
}

const install = 'install --no-audit --no-fund';
const build = 'run --silent build';
const built = { 'dist/cli/main.js': 200, 'dist/bundle/main.js': 200 };

test.each([
  { what: 'a fresh clone', present: {}, asked: [install, build] },
  {
    what: 'an install that broke off',
    present: { 'node_modules/x': 200, ...built },
    asked: [install],
  },
  {
    what: 'a newer lock file',
    present: { 'node_modules/.package-lock.json': 50, ...built },
    asked: [install],
  },
  {
    what: 'a newer source file',
    present: { 'node_modules/.package-lock.json': 200, 'dist/cli/main.js': 50, 'dist/bundle/main.js': 200 },
    asked: [build],
  },
  {
    what: 'a bundle that was not made again',
    present: { 'node_modules/.package-lock.json': 200, 'dist/cli/main.js': 200, 'dist/bundle/main.js': 50 },
    asked: [build],
  },
  {
    what: 'everything as it should be',
    present: { 'node_modules/.package-lock.json': 200, ...built },
    asked: [],
  },
])('$what: $asked', ({ present, asked }) => {
  for (const [path, atSeconds] of Object.entries(present)) touch(path, atSeconds);
  expect(setUp()).toEqual({ asked, printed: asked.length });
});

test('a failed install is not passed over', () => {
  writeFileSync(join(dir, 'bin/npm'), '#!/bin/sh\nexit 7\n', { mode: 0o755 });
  const PATH = `${join(dir, 'bin')}${delimiter}${process.env['PATH']}`;
  const { stderr, status } = spawnSync(process.execPath, ['scripts/setup.mjs'], {
    cwd: dir,
    env: { PATH },
    encoding: 'utf8',
  });
  expect(stderr).toContain('Error: npm install --no-audit --no-fund failed.');
  expect(status).toBe(7);
});
