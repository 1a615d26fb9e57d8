import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placeOf, withPlace } from '../../src/cli/suggested-commands.ts';
import { createProject, type Project, sums, sumsScript } from './support/project.ts';
import { runCli } from './support/run-cli.ts';

test.each([
  [['runs', '--db', 'a.db'], 'aiworkflow runs', 'aiworkflow runs --db a.db'],
  [['runs', '--project=my shop'], 'see aiworkflow show x.', "see aiworkflow show --project 'my shop' x."],
  [
    ['runs', '--project', "Anna's shop"],
    'aiworkflow runs',
    String.raw`aiworkflow runs --project 'Anna'\''s shop'`,
  ],
  [
    ['why', 't', '--db', 'x', '--warehouse', 'my lake'],
    'aiworkflow why a.t --key k=1, aiworkflow lineage last, aiworkflow show last',
    "aiworkflow why --db x --warehouse 'my lake' a.t --key k=1, aiworkflow lineage --db x --warehouse 'my lake' last, aiworkflow show --db x last",
  ],
  // Each command has some of the options only.
  [
    ['catalog', 'accept', 'x', '--project', 'shop', '--server', 'law'],
    '`aiworkflow catalog changes` lists them; aiworkflow doctor',
    '`aiworkflow catalog changes --project shop --server law` lists them; aiworkflow doctor --project shop',
  ],
  [
    ['lake', 'approve', '9', '--warehouse', 'w', '--project', 'shop'],
    'aiworkflow lake requests shows them, aiworkflow runs',
    'aiworkflow lake requests --warehouse w --project shop shows them, aiworkflow runs --project shop',
  ],
  [
    ['contract', 'diff', 'a', '--project', 'shop', '--db', 'x'],
    'aiworkflow contract check',
    'aiworkflow contract check --project shop',
  ],
  // What stands there already is not said twice, and the lake is no command when its server speaks.
  [
    ['lake', 'tables', '--warehouse', 'here'],
    'aiworkflow lake relocate --warehouse /there',
    'aiworkflow lake relocate --warehouse /there',
  ],
  [['lake', 'tables', '--project', 'p'], 'aiworkflow lake: it ended.', 'aiworkflow lake: it ended.'],
  [['runs'], 'aiworkflow runs', 'aiworkflow runs'],
])('%j: %s', (argv, said, expected) => {
  expect(withPlace(said, placeOf(argv))).toBe(expected);
});

describe('what a command prints, typed from elsewhere', () => {
  let project: Project;
  let database: string;
  beforeAll(async () => {
    project = createProject({
      'workflows/broken.yaml': 'id: broken\nsteps: nothing\n',
      'workflows/torn.yaml': 'id: [',
    });
    await project.record('sums', 'sums', sumsScript);
    database = join(project.dir, 'other.db');
    await runCli(['run', 'sums', '--db', database], { cwd: project.dir });
    project.write('workflows/sums.yaml', sums.replace('Add {{', 'Please add {{'));
  });
  afterAll(() => project.remove());

  // The second cell is what each of its commands must be followed by.
  test.each<[string, readonly string[], RegExp]>([
    ['an error for programs', ['show', 'none', '--json'], /aiworkflow runs --project \S+ --db \S+other\.db/],
    ['a budget that cannot be read', ['cost'], /aiworkflow check --project \S+ --db \S+ workflows\/\w+/],
    ['a finding', ['doctor'], /aiworkflow check --project \S+ --db \S+ workflows\/\w+/],
    [
      'a finding for programs',
      ['doctor', '--json'],
      /aiworkflow check --project \S+ --db \S+ workflows\/\w+/,
    ],
    [
      'a recording that differs',
      ['test', '--recordings', 'recordings'],
      /aiworkflow test --project \S+ --db \S+ --update/,
    ],
  ])('%s', async (_, command, expected) => {
    const [name = '', ...rest] = command;
    const { stdout, stderr } = await runCli([name, '--project', project.dir, '--db', database, ...rest], {
      cwd: name === 'test' ? project.dir : tmpdir(),
    });
    expect(stdout + stderr).toMatch(expected);
  });
});
