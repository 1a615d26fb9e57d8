import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runComparisonSchema } from '../../src/engine/compare/run-comparison.ts';
import {
  expireSnapshots,
  loadTable,
  openWarehouse,
  rollbackTo,
  tableName,
} from '../../src/servers/lake/iceberg/index.ts';
import type { Script } from '../../src/testing/index.ts';
import { createProject, type Project, sums, sumsScript } from './support/project.ts';
import { runCli } from './support/run-cli.ts';

/** The tool is called with other numbers, and the answer is another one. */
const otherScript: Script = [
  { toolCalls: [{ name: 'desk.add', arguments: { a: 2, b: 2 } }] },
  { json: { sum: 4 } },
  'Yes, 1 is odd.',
  'No, 2 is\nvery much\neven.',
];

let project: Project;
let ids: Record<'first' | 'again' | 'other' | 'loud', string>;
beforeAll(async () => {
  project = createProject({
    'workflows/loud.yaml': 'id: loud\nsteps:\n  - id: shout\n    call: desk.shout\n',
    'workflows/asked.yaml': sums.replace('id: sums', 'id: asked').replace('Add {{', 'Please add {{'),
  });
  await project.record('sums', 'sums', sumsScript);
  await project.record('other', 'sums', otherScript);
  await project.record('asked', 'asked', sumsScript);
  ids = {
    first: await runId('sums'),
    again: await runId('sums'),
    other: await runId('sums', '--model', 'recorded:other'),
    loud: await runId('loud'),
  };
});
afterAll(() => project.remove());

const cli = (...args: string[]) => runCli(args, { cwd: project.dir });

async function runId(workflow: string, ...args: string[]): Promise<string> {
  await cli('run', workflow, ...args);
  const { stdout } = await cli('runs', '--json', '--limit', '1');
  return (JSON.parse(stdout) as { runId: string }).runId;
}

/** Without what is another in each run. */
const stable = (text: string) =>
  text
    .replaceAll(/\d{8}-\d{6}-[0-9a-z]{8}/g, '<run>')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '<date>')
    .replaceAll(/[\d.]+ m?s\b(?: → [\d.]+ m?s\b)?/g, '<time>');

describe('diff', () => {
  test('two runs on one page', async () => {
    const { stdout, code } = await cli('diff', ids.first, ids.other);
    expect(stable(stdout)).toMatchInlineSnapshot(`
      "a  sums  <run>  ok  <date> UTC
      b  sums  <run>  ok  <date> UTC

         step           answer      parts at               calls  tokens     cost  time
      ≠  total          0 % equal   m1 answered otherwise  4 → 3  498 → 136  $0    <time>
      ≠  each           50 % equal                         0      0          $0    <time>
      ≠  each[0]        equal       m1 asked otherwise     1      31         $0    <time>
      ≠  each[1]        different   m1 asked otherwise     1      31 → 34    $0    <time>
         the whole run  different                          6 → 5  560 → 201  $0    <time>

      The runs part at total/m1 (recorded:sums): the same request, another answer
        the answer
          @@ line 1
          - → desk.add {"a":1,"b":2}
          - → desk.add {"a":"one"}
          + → desk.add {"a":2,"b":2}
        aiworkflow show <run> --call 1
        aiworkflow show <run> --call 1

      The answers of total
        /sum
          - 3
          + 4

      The answers of each[1]
        (the whole)
          @@ line 1
          - No, 2 is even.
          + No, 2 is
          + very much
          + even.

      What the runs returned
        (the whole)
          - 3
          + 4

      Calls of total that one run alone made (2 are the same)
        a  #2 desk.add at total/t1.1
        a  #3 recorded:sums at total/m2
        b  #2 desk.add at total/t1.1

      Different: 4 of 4 steps.
      "
    `);
    expect(code).toBe(0);
  });

  test('the same work twice is equal', async () => {
    const { stdout, code } = await cli('diff', ids.first, ids.again, '--exit-code');
    expect(stdout).toContain('Equal: the same answers by the same calls.');
    expect(stdout).not.toContain('The runs part');
    expect(code).toBe(0);
  });

  test('a prompt that was edited is where they part, as text', async () => {
    const asked = await runId('asked', '--model', 'recorded:asked');
    const { stdout } = await cli('diff', ids.first, asked);
    expect(stdout).toContain('They are runs of different workflows');
    expect(stdout).toContain('The runs part at total/m1 (recorded:sums): another request');
    expect(stdout).toContain('    - Add [1,2] for Ada.\n    + Please add [1,2] for Ada.');
    expect(stdout).toContain(`aiworkflow show ${asked} --call 1`);
  });

  test('--step looks at one step and what is inside it', async () => {
    const { stdout } = await cli('diff', ids.first, ids.other, '--step', 'each', '--json');
    const diff = JSON.parse(stdout) as { steps: { step: string; equal: boolean }[]; tables: unknown };
    expect(diff.steps.map(({ step, equal }) => [step, equal])).toEqual([
      ['each', false],
      ['each[0]', false],
      ['each[1]', false],
    ]);
    expect(diff.tables).toBeNull();
  });

  test('--json is what its schema says', async () => {
    const { tables, ...diff } = JSON.parse((await cli('diff', ids.first, ids.other, '--json')).stdout) as {
      tables: unknown;
    };
    expect(runComparisonSchema.parse(diff)).toEqual(diff);
    expect(diff).toMatchObject({
      equal: false,
      firstDivergence: { step: 'total', kind: 'answered', a: { position: 'total/m1', number: 1 } },
      result: { state: 'different', differences: [{ pointer: '', was: 3, now: 4 }] },
    });
    expect(tables).toEqual([]);
  });

  test('--exit-code gives 1 when they differ', async () => {
    expect((await cli('diff', ids.first, ids.other, '--exit-code')).code).toBe(1);
    expect((await cli('diff', ids.first, ids.loud, '--exit-code')).code).toBe(1);
  });

  test('`last`, the beginning of an id, and a run with itself', async () => {
    const { stdout, code } = await cli('diff', ids.first, ids.first, '--exit-code');
    expect(stdout).toContain('Both are the same run.');
    expect(code).toBe(0);
    expect((await cli('diff', ids.first.slice(0, -1), 'last')).code).toBe(0);
  });

  test('a run that failed', async () => {
    const { stdout } = await cli('diff', ids.first, ids.loud);
    expect(stdout).toMatch(/≠ {2}total +only in a/);
    expect(stdout).toMatch(/≠ {2}shout +only in b/);
    expect(stdout).not.toContain('\u001b');
  });

  test.each([
    { args: ['nope', 'last'], error: '[RUN_UNKNOWN]' },
    { args: ['last', 'nope'], error: '[RUN_UNKNOWN]' },
    { args: ['last'], error: "missing required argument 'b'" },
    { args: ['last', 'last', '--step', 'totl'], error: 'did you mean total?' },
  ])('$args: $error', async ({ args, error }) => {
    const { code, stderr, stdout } = await cli('diff', ...args);
    expect(stderr.toLowerCase()).toContain(error.toLowerCase());
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

test('what was redacted is said to be, and the rest is compared', async () => {
  const own = createProject();
  const inOwn = (...args: string[]) => runCli(args, { cwd: own.dir });
  await own.record('sums', 'sums', sumsScript);
  await inOwn('run', 'sums');
  await inOwn('run', 'sums', '--param', 'who=Bob');
  const [bob = '', ada = ''] = (await inOwn('runs', '--json')).stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { runId: string }).runId);
  const before = await inOwn('diff', ada, bob);
  const redacted = await inOwn('redact', ada, '--match', 'for Ada', '--why', 'a test');
  const after = await inOwn('diff', ada, bob);
  own.remove();
  expect(redacted.code, redacted.stderr).toBe(0);
  expect(before.stdout).toContain('- Add [1,2] for Ada.');
  expect(after.stderr).toBe('');
  expect(after.stdout).toContain('message 1 (user): a text of it is not in the log any more');
  expect(after.stdout).toContain('m1 not readable');
  expect(after.stdout).not.toContain('for Ada');
  expect(after.code).toBe(0);
});

test('a run that does not verify is compared, and that is said first', async () => {
  const own = createProject();
  const inOwn = (...args: string[]) => runCli(args, { cwd: own.dir });
  await own.record('sums', 'sums', sumsScript);
  await inOwn('run', 'sums');
  const sound = await inOwn('diff', 'last', 'last');
  const database = new Database(join(own.dir, '.aiworkflow/audit.db'));
  database.exec('DROP TRIGGER events_are_final; UPDATE events SET at = at + 1 WHERE seq = 2');
  database.close();
  const changed = await inOwn('diff', 'last', 'last');
  own.remove();
  expect(sound.stdout).not.toContain('does not verify');
  expect(changed.stdout).toMatch(/Run \S+ does not verify: .* aiworkflow verify /);
  expect(changed.code).toBe(0);
});

describe('tables that the runs filled', () => {
  let lakes: Project;
  const loads = `id: loads
params:
  file: { type: string }
steps:
  - id: make
    call: lake.create_table
    arguments:
      table: shop_raw.items
      columns: [{ name: sku, type: VARCHAR }, { name: price, type: INTEGER }]
      primary_key: [sku]
  - id: load
    needs: [make]
    call: lake.ingest
    arguments: { path: '{{ params.file }}', table: shop_raw.items, vendor_name: shop }
tools: [lake]
`;
  const useLake = (name: string) =>
    writeFileSync(
      join(lakes.dir, 'aiworkflow.yaml'),
      `tools:\n  lake: { server: lake, args: [--root, files, --warehouse, ${name}] }\n`,
    );
  const run = async (file: string): Promise<string> => {
    const { stderr, code } = await runCli(['run', 'loads', '--param', `file=${file}`], { cwd: lakes.dir });
    expect(code, stderr).toBe(0);
    const { stdout } = await runCli(['runs', '--json', '--limit', '1'], { cwd: lakes.dir });
    return (JSON.parse(stdout) as { runId: string }).runId;
  };
  const diff = async (a: string, b: string, ...args: string[]) =>
    (await runCli(['diff', a, b, ...args], { cwd: lakes.dir })).stdout;

  let [one, other, sameLake, again] = ['', '', '', ''];
  beforeAll(async () => {
    lakes = createProject({
      'workflows/loads.yaml': loads,
      'files/old.csv': 'sku,price\na,1\nb,2\nc,3\n',
      'files/new.csv': 'sku,price\na,1\nb,5\nd,4\n',
    });
    useLake('first');
    one = await run('old.csv');
    useLake('second');
    other = await run('new.csv');
    sameLake = await run('old.csv');
    again = await run('old.csv');
  });
  afterAll(() => lakes.remove());

  test('in two lakes: rows by their key', async () => {
    const { tables } = JSON.parse(await diff(one, other, '--json')) as { tables: unknown };
    expect(tables).toMatchObject([
      {
        table: 'shop_raw.items',
        compared: 'rows',
        equal: false,
        key: ['sku'],
        // As the second run left it, before the third added to it.
        rows: { a: 3, b: 3 },
        differences: {
          onlyA: 1,
          onlyB: 1,
          changed: 1,
          examples: [
            { kind: 'changed', row: { sku: 'b' }, differences: [{ pointer: '/price', was: 2, now: 5 }] },
            { kind: 'only-a', row: { sku: 'c' } },
            { kind: 'only-b', row: { sku: 'd' } },
          ],
        },
      },
    ]);
    const page = await diff(one, other);
    expect(page).toContain('≠ shop_raw.items  3 rows, compared by sku');
    expect(page).toContain('changed: {"sku":"b"}: price 2 → 5');
  });

  test('in the same lake: the table as each run left it', async () => {
    const page = await diff(other, sameLake);
    expect(page).toContain('≠ shop_raw.items  3 rows → 4 rows, compared by sku');
    expect(page).toMatch(/0 rows changed, 0 only in a, 1 only in b\n.*only in b: .*"c"/);
  });

  test('a run that found its file loaded has left what it found', async () => {
    expect(await diff(sameLake, again)).toContain('= shop_raw.items  4 rows, compared by sku');
    expect(await diff(other, again)).toContain('≠ shop_raw.items  3 rows → 4 rows, compared by sku');
  });

  test('of a run that was made elsewhere: only what its log says', async () => {
    const file = join(lakes.dir, 'run.jsonl');
    const elsewhere = createProject({ 'workflows/loads.yaml': loads, 'files/old.csv': 'sku,price\na,1\n' });
    const inThere = (...args: string[]) => runCli(args, { cwd: elsewhere.dir });
    writeFileSync(
      join(elsewhere.dir, 'aiworkflow.yaml'),
      'tools:\n  lake: { server: lake, args: [--root, files, --warehouse, first] }\n',
    );
    await inThere('run', 'loads', '--param', 'file=old.csv');
    const own = JSON.parse((await inThere('runs', '--json')).stdout) as { runId: string };
    await runCli(['export', one, '--out', file], { cwd: lakes.dir });
    await inThere('import', file);
    const { stdout, stderr } = await inThere('diff', one, own.runId);
    elsewhere.remove();
    expect(stderr).toBe('');
    expect(stdout).toContain('≠ shop_raw.items  3 rows → 1 row (the lake of one of the runs is not here)');
  });

  test('of snapshots that have expired: that they are gone, and not what older ones hold', async () => {
    const both = `id: both
steps:
  - id: make
    call: lake.create_table
    arguments: { table: shop_raw.items, columns: [{ name: sku, type: VARCHAR }, { name: price, type: INTEGER }] }
  - id: old
    needs: [make]
    call: lake.ingest
    arguments: { path: old.csv, table: shop_raw.items, vendor_name: shop }
  - id: new
    needs: [old]
    call: lake.ingest
    arguments: { path: new.csv, table: shop_raw.items, vendor_name: shop }
tools: [lake]
`;
    writeFileSync(join(lakes.dir, 'workflows/both.yaml'), both);
    const runBoth = async (lake: string): Promise<string> => {
      useLake(lake);
      expect((await runCli(['run', 'both'], { cwd: lakes.dir })).code).toBe(0);
      const { stdout } = await runCli(['runs', '--json', '--limit', '1'], { cwd: lakes.dir });
      return (JSON.parse(stdout) as { runId: string }).runId;
    };
    const [a, b] = [await runBoth('third'), await runBoth('fourth')];
    expect(await diff(a, b)).toContain('= shop_raw.items  6 rows, compared by whole rows');
    const [first, second] = await expireIn('fourth');
    // What the first call wrote does not matter as long as the second one's snapshot is there.
    expect(await diff(a, b)).toContain('= shop_raw.items  6 rows, compared by whole rows');
    const [older, newer] = await expireIn('third', { isRolledBack: true });
    expect([first, second, older, newer].every((id) => /^\d+$/.test(id ?? ''))).toBe(true);
    const page = await diff(a, b);
    expect(page).toContain(
      `? shop_raw.items  6 rows (1 of 2 snapshots that run a left is gone: ${newer}; compared by the log)`,
    );
    expect(page).toContain('1 of 1 table could not be compared');
    const { tables } = JSON.parse(await diff(b, a, '--json')) as { tables: unknown };
    expect(tables).toMatchObject([
      { compared: 'log', equal: null, lost: [{ run: 'b', snapshot: newer, call: `${a}/new/call` }] },
    ]);
  });

  /** Ids of the two snapshots, the older first, one of which has gone. */
  async function expireIn(lake: string, { isRolledBack = false } = {}): Promise<readonly string[]> {
    const engine = { run: () => Promise.reject(new Error('No rows are read.')) };
    const warehouse = openWarehouse({ folder: join(lakes.dir, lake), engine });
    const table = tableName('shop_raw.items');
    try {
      const { metadata } = await loadTable(warehouse, table);
      const known = metadata.snapshots.map((snapshot) => snapshot['snapshot-id']);
      if (isRolledBack) await rollbackTo(warehouse, { table, snapshotId: known[0] ?? '' });
      const { snapshotIds } = await expireSnapshots(warehouse, {
        table,
        olderThanMs: Date.now() + 60_000,
        graceMs: 0,
      });
      expect(snapshotIds).toEqual([known[isRolledBack ? 1 : 0]]);
      return known;
    } finally {
      warehouse.close();
    }
  }

  test('in a lake that is gone, and without a lake', async () => {
    const gone = await runCli(['diff', one, other], {
      cwd: project.dir,
      env: { AIWORKFLOW_DB: join(lakes.dir, '.aiworkflow/audit.db') },
    });
    expect(gone.stdout).toContain('the lake of one of the runs is not here');
    expect(await diff(one, other, '--no-tables')).not.toContain('Tables that the runs filled');
  });
});
