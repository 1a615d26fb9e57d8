import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../src/audit/sqlite/migrate.ts';
import { migrations } from '../../src/audit/sqlite/migrations/index.ts';
import { createProject, type Project, sumsScript } from './support/project.ts';
import { runCli } from './support/run-cli.ts';

let project: Project;
let file: string;
beforeEach(async () => {
  project = createProject();
  await project.record('sums', 'sums', sumsScript);
  file = join(project.dir, '.aiworkflow/audit.db');
  mkdirSync(dirname(file), { recursive: true });
  const old = new Database(file);
  migrate(old, migrations.slice(0, 1));
  old.close();
});
afterEach(() => project.remove());

const words = () => `The log ${file} was brought from version 1 to version ${migrations.length}.`;
const cli = (...args: string[]) => runCli(args, { cwd: project.dir });
const count = (text: string): number => text.split(words()).length - 1;

// An older program does not read the log afterwards.
test.each([
  ['run', ['run', 'sums']],
  ['run --quiet', ['run', 'sums', '--quiet']],
  ['run --json', ['run', 'sums', '--json']],
  ['doctor', ['doctor']],
  ['runs', ['runs']],
])('%s says once on standard error that an older log was brought up to date', async (_, args) => {
  const first = await cli(...args);
  expect([count(first.stderr), count(first.stdout)]).toEqual([1, 0]);
  expect(count((await cli(...args)).stderr)).toBe(0);
});

test('doctor --json says it among its findings', async () => {
  const { stdout, stderr } = await cli('doctor', '--json');
  expect(stderr).toBe('');
  const findings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(findings).toContainEqual({ what: 'log', level: 'ok', text: words() });
});
