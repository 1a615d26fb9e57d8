import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ModelError } from '../../src/errors/index.ts';
import { createProject, type Project, sumsScript } from './support/project.ts';
import { runCli } from './support/run-cli.ts';

let project: Project;
let runId: string;
beforeAll(async () => {
  project = createProject({
    'workflows/loud.yaml': 'id: loud\nsteps:\n  - id: shout\n    call: desk.shout\n',
  });
  await project.record('sums', 'sums', sumsScript);
  await cli('run', 'sums');
  await cli('run', 'loud');
  runId = rowsOf((await cli('runs', '--json', '--workflow', 'sums')).stdout)[0]?.['runId'] as string;
});
afterAll(() => project.remove());

const cli = (...args: string[]) => runCli(args, { cwd: project.dir });
const rowsOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('runs', () => {
  test('lists the newest first, with what went wrong', async () => {
    const { stdout, code } = await cli('runs');
    const [heading, first, second, ...rest] = stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^run +workflow +status +started \(UTC\) +took +calls +tokens +cost +note$/);
    expect(first).toMatch(/loud +failed .*desk\.shout failed in step "shout": too loud/);
    expect(second).toMatch(new RegExp(`^${runId} +sums +ok .* 6 +560 +\\$0$`));
    expect(rest).toEqual([]);
    expect(code).toBe(0);
  });

  test.each([
    { args: ['--limit', '1'], workflows: ['loud'] },
    { args: ['--status', 'ok'], workflows: ['sums'] },
    { args: ['--workflow', 'loud'], workflows: ['loud'] },
  ])('$args choose', async ({ args, workflows }) => {
    expect(rowsOf((await cli('runs', '--json', ...args)).stdout).map((row) => row['workflowId'])).toEqual(
      workflows,
    );
  });

  test('a project without a log says what to do', async () => {
    const { code, stderr } = await cli('runs', '--db', 'none.db');
    expect(stderr).toContain('[LOG_UNOPENABLE]');
    expect(stderr).toContain('Try: run a workflow first');
    expect(code).toBe(2);
    expect(existsSync(join(project.dir, 'none.db'))).toBe(false);
  });
});

describe('show', () => {
  test('a run on one page', async () => {
    const { stdout } = await cli('show', runId);
    expect(stable(stdout)).toMatchInlineSnapshot(`
      "✓ sums  ok
        run      <run>
        started  <date> UTC, took <time>
        params   numbers=[1,2] who="Ada"
        model    recorded:sums
        used     465 tokens in, 95 out
        cost     $0: model answers were replayed from recorded:sums, nothing was paid
        program  aiworkflow <version>
        root     <hash> (24 events, verified)

      ✓ total  prompt   3 turns  1 call  498 tokens  $0 <time>  1 answer broke the contract
      ✓ each   2 items  2 turns           62 tokens  $0 <time>
        ✓ [0]  prompt    1 turn           31 tokens  $0 <time>
        ✓ [1]  prompt    1 turn           31 tokens  $0 <time>

      aiworkflow show <run> --step total   its conversation, turn by turn
      aiworkflow show <run> --call 1   one call in full: request, answer, usage, hashes
      aiworkflow show <run> --result   what the run returned
      "
    `);
  });

  test('a step turn by turn: calls, refused calls, broken contracts, repairs', async () => {
    const { stdout } = await cli('show', runId, '--step', 'total');
    expect(stable(stdout)).toMatchInlineSnapshot(`
      "✓ total  prompt, ok
      model scripted:sums
      tools desk.add
      answers must keep the contract "total"

      turn 1  #1 recorded:sums, 19 tokens in, 51 out, $0, <time>, replayed from a recording
        user
          Add [1,2] for Ada.
        → desk.add {"a":1,"b":2}
          #2, ok, effect read, <time>
          3
        → desk.add {"a":"one"}
          The call was not made: its arguments do not fit desk.add.
          - (arguments): must have the property "b"
          - /a: must be a number; got "one"

      turn 2  #3 recorded:sums, 169 tokens in, 12 out, $0, <time>, replayed from a recording
        answer
          {"sum":"three"}
        contract: broken, the model was asked again
          - /sum: must be a number; got "three"

      turn 3  #4 recorded:sums, 237 tokens in, 10 out, $0, <time>, replayed from a recording
        user
          Your answer breaks its contract:
          - /sum: must be a number; got "three"

          Answer again with the whole corrected JSON value and nothing else.
        answer
          {"sum":3}
        contract: kept
      "
    `);
  });

  test('a call in full', async () => {
    const { stdout } = await cli('show', runId, '--call', '4');
    expect(stdout).toContain('call #4  recorded:sums  at total/m3');
    expect(stdout).toContain('message 6, user\n  Your answer breaks its contract:');
    expect(stdout).toMatch(/fingerprint {2}[0-9a-f]{64}/);
    expect(stdout).toContain('answered by  scripted:sums');
    expect(stdout).toContain('output schema "total"');
  });

  test('--json holds the exact request and response', async () => {
    const call = JSON.parse((await cli('show', runId, '--call', '2', '--json')).stdout) as Record<
      string,
      unknown
    >;
    expect(call).toMatchObject({
      number: 2,
      request: {
        tool: 'desk.add',
        arguments: { a: 1, b: 2 },
        definition: { name: 'desk.add', effect: 'read' },
      },
      response: { role: 'tool', content: [{ type: 'text', text: '3' }], isError: false },
    });
    const run = JSON.parse((await cli('show', runId, '--json')).stdout) as {
      steps: unknown[];
      calls: unknown[];
    };
    expect(run).toMatchObject({ runId, status: 'ok', verified: true });
    expect(run.steps).toHaveLength(4);
    expect(run.calls).toHaveLength(6);
    const step = JSON.parse((await cli('show', runId, '--step', 'each[1]', '--json')).stdout) as {
      calls: unknown[];
    };
    expect(step.calls).toMatchObject([
      { request: { messages: [{ role: 'user' }] }, response: { role: 'assistant' } },
    ]);
  });

  test('--result is what was returned, and nothing else', async () => {
    expect((await cli('show', runId, '--result')).stdout).toBe('3\n');
    const step = await cli('show', runId, '--step', 'total', '--result', '--json');
    expect(JSON.parse(step.stdout)).toMatchObject({ response: { sum: 3 }, turns: 3, toolCalls: 2 });
  });

  test('`last` and the beginning of an id are enough', async () => {
    expect((await cli('show', 'last')).stdout).toContain('loud  failed');
    expect((await cli('show', runId.slice(0, -2))).stdout).toContain(runId);
  });

  test('a failed run shows its error, and points at the step that failed', async () => {
    const { stdout } = await cli('show', 'last');
    expect(stdout).toContain(
      'Error: workflows/loud.yaml:3:5 desk.shout failed in step "shout": too loud \\x1b[31m [TOOL_FAILED]',
    );
    expect(stdout).toMatch(/aiworkflow show \S+ --step shout/);
    expect(stdout).not.toContain('\u001b');
  });

  test.each([
    { args: ['nope'], error: '[RUN_UNKNOWN]' },
    { args: ['last', '--step', 'shuot'], error: 'did you mean shout?' },
    { args: ['last', '--call', '99'], error: 'numbered from 1 to 1' },
    { args: ['last', '--result'], error: 'returned nothing: it is failed' },
    { args: ['2'], error: 'the beginning of more than one run' },
  ])('$args: $error', async ({ args, error }) => {
    const { code, stderr, stdout } = await cli('show', ...args);
    expect(stderr).toContain(error);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

test('a long prompt is cut, and says where all of it is; repair rounds that are used up are said to be', async () => {
  const long =
    'id: long\nsteps:\n  - id: ask\n    prompt: |\n' +
    Array.from({ length: 50 }, (_, line) => `      line ${line}\n`).join('') +
    '    response: { n: number }\n    limits: { repairs: 0 }\n';
  const own = createProject({ 'workflows/long.yaml': long });
  await own.record('sums', 'long', ['no number']);
  const run = await runCli(['run', 'long'], { cwd: own.dir });
  const { stdout } = await runCli(['show', 'last', '--step', 'ask'], { cwd: own.dir });
  expect(run.stderr).toContain('[ANSWER_BREAKS_CONTRACT]');
  expect(run.code).toBe(1);
  expect(stdout).toMatch(/ line 29\n +… 20 more lines\n +\(all of it: aiworkflow show \S+ --call 1\)/);
  expect(stdout).toContain('contract: broken, and the repair rounds are used up');
  own.remove();
});

test('attempts that failed are shown with their reason', async () => {
  const own = createProject({
    'workflows/moody.yaml': 'id: moody\nsteps:\n  - { id: ask, prompt: Well? }\n',
  });
  const overloaded = new ModelError({
    code: 'MODEL_OVERLOADED',
    message: 'Come back later.',
    retryable: true,
  });
  await own.record('sums', 'moody', [{ error: overloaded }, 'Fine.']);
  const run = await runCli(['run', 'moody'], { cwd: own.dir });
  const { stdout } = await runCli(['show', 'last', '--step', 'ask'], { cwd: own.dir });
  own.remove();
  expect(run.stdout).toBe('Fine.\n');
  expect(run.stderr).toMatch(/ask turn 1: model failed: .*Come back later\./);
  expect(stdout).toMatch(
    /turn 1 {2}#1 [\s\S]*failed: .*Come back later\..* \[MODEL_OVERLOADED\]\n\nturn 1, attempt 2 {2}#2 [\s\S]*Fine\./,
  );
});

describe('verify and export', () => {
  test('the whole log', async () => {
    const { code, stdout } = await cli('verify');
    expect(stdout).toMatch(/^2 runs, \d+ events, all hashes fit$/m);
    expect(code).toBe(0);
  });

  test('an export is verified by itself, without the log', async () => {
    const file = join(project.dir, 'recordings/again.jsonl');
    expect((await cli('export', runId, '--out', file)).code).toBe(0);
    expect((await cli('verify', file)).code).toBe(0);
    expect((await cli('export', runId)).stdout).toBe(readFileSync(file, 'utf8'));
  });

  test('one changed byte is found: exit code 1', async () => {
    const file = join(project.dir, 'changed.jsonl');
    await cli('export', runId, '--out', file);
    writeFileSync(file, readFileSync(file, 'utf8').replace('No, 2 is even.', 'No, 2 is eaten.'));
    const { code, stderr, stdout } = await cli('verify', file);
    expect(stdout).toContain('✗');
    expect(stderr).toContain('[LOG_CORRUPT]');
    expect(code).toBe(1);
  });

  test('a log in which an event was changed does not verify', async () => {
    const file = join(project.dir, 'tampered.db');
    await cli('run', 'sums', '--db', file);
    const database = new Database(file);
    for (const trigger of database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      .pluck()
      .all())
      database.exec(`DROP TRIGGER "${String(trigger)}"`);
    database.exec('UPDATE events SET at = at + 1 WHERE seq = 3');
    database.close();
    const { code, stdout } = await cli('verify', 'last', '--db', file, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
    expect(code).toBe(1);
    expect((await cli('show', 'last', '--db', file)).stdout).toContain('DOES NOT VERIFY');
  });

  test('an export that cannot be written', async () => {
    const { code, stderr } = await cli('export', runId, '--out', 'no/folder/x.jsonl');
    expect(stderr).toContain('Error: no/folder/x.jsonl cannot be written');
    expect(code).toBe(2);
  });
});

describe('logs that cannot be read', () => {
  test.each([
    { what: 'a database of another program', file: 'foreign.db', code: 'LOG_FOREIGN' },
    { what: 'a file that is no database', file: 'text.db', code: 'LOG_UNOPENABLE' },
  ])('$what', async ({ file, code: expected }) => {
    const foreign = new Database(join(project.dir, 'foreign.db'));
    foreign.exec('CREATE TABLE IF NOT EXISTS t (x)');
    foreign.close();
    project.write(
      'text.db',
      'Not a database at all, but long enough to be looked at as if it were one.\n'.repeat(100),
    );
    for (const command of [['runs'], ['show', 'last'], ['verify'], ['run', 'sums']]) {
      const { code, stderr } = await cli(...command, '--db', file);
      expect(stderr).toContain(`[${expected}]`);
      expect(code).toBe(2);
    }
  });

  test('a log that another process holds locked', async () => {
    const file = join(project.dir, 'locked.db');
    await cli('run', 'sums', '--db', file);
    const database = new Database(file);
    database.exec('BEGIN EXCLUSIVE');
    // Reading goes on beside a writer.
    expect((await cli('show', 'last', '--db', file)).code).toBe(0);
    const { code, stderr } = await cli('run', 'sums', '--db', file);
    database.close();
    expect(stderr).toContain('[LOG_UNWRITABLE]');
    expect(code).toBe(1);
  });
});

/** Ids, hashes and times differ from run to run; everything else does not. */
function stable(text: string): string {
  return text
    .replaceAll(/\d{8}-\d{6}-\w{8}/g, '<run>')
    .replaceAll(/[0-9a-f]{64}/g, '<hash>')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '<date>')
    .replaceAll(/ *\d+(?:\.\d)? m?s\b/g, ' <time>')
    .replaceAll(/aiworkflow \d+\.\d+\.\d+/g, 'aiworkflow <version>');
}
