import { expect, test } from 'vitest';
import { placeOf, withPlace } from '../../src/cli/suggested-commands.ts';

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
