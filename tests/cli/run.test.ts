import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProject, type Project, sumsScript } from './support/project.ts';
import { runCli } from './support/run-cli.ts';

let project: Project;
beforeAll(async () => {
  project = createProject({
    'workflows/loud.yaml': 'id: loud\nsteps:\n  - id: shout\n    call: desk.shout\n',
    'workflows/astray.yaml': 'id: astray\nsteps:\n  - id: a\n    prompt: "{{ params.q }}"\n',
    'workflows/short.yaml':
      'id: short\nsteps:\n  - id: wait\n    call: desk.wait\n    arguments: { ms: 60000 }\n    limits: { wallTimeMs: 100 }\n',
  });
  await project.record('sums', 'sums', sumsScript);
});
afterAll(() => project.remove());

const cli = (...args: string[]) => runCli(args, { cwd: project.dir });

describe('a run that succeeds', () => {
  test('gives the result alone on standard output, and the rest on standard error', async () => {
    const { code, stdout, stderr } = await cli('run', 'sums');
    expect(stdout).toBe('3\n');
    expect(code).toBe(0);
    expect(timeless(stderr)).toMatchInlineSnapshot(`
      "run <run>: sums started
      total: started (recorded:sums)
      total turn 1: model ok, 70 tokens, recorded, <time>
      total turn 1: desk.add ok, <time>
      total turn 2: model ok, 181 tokens, recorded, <time>
      total: the answer of turn 2 breaks its contract: /sum: must be a number; got "three"
      total turn 3: model ok, 247 tokens, recorded, <time>
      total: ok, 3 turns, 1 call, <time>
      each: started (recorded:sums)
      each[0]: started (recorded:sums)
      each[0] turn 1: model ok, 31 tokens, recorded, <time>
      each[0]: ok, 1 turn, <time>
      each[1]: started (recorded:sums)
      each[1] turn 1: model ok, 31 tokens, recorded, <time>
      each[1]: ok, 1 turn, <time>
      each: ok, <time>

      run   <run>
      used  4 steps, 5 model calls, 1 tool call, 465 tokens in, 95 out, <time>
      cost  $0: model answers were replayed from recorded:sums, nothing was paid
      look  aiworkflow show <run>
            aiworkflow show <run> --step total
            aiworkflow verify <run>
      "
    `);
  });

  test('--quiet prints the result and nothing else', async () => {
    expect(await cli('run', 'sums', '--quiet')).toMatchObject({ code: 0, stdout: '3\n', stderr: '' });
  });

  test('--json prints every event and the result, each as one line', async () => {
    const { stdout, stderr } = await cli('run', 'sums', '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const kinds = lines.map((line) => line['type']);
    expect(kinds.at(0)).toBe('run-started');
    expect(kinds.slice(-2)).toEqual(['run-ended', 'result']);
    expect(lines.at(-1)).toMatchObject({ workflowId: 'sums', status: 'ok', response: 3, costUsd: 0 });
    expect(new Set(lines.map((line) => line['runId'])).size).toBe(1);
    expect(stderr).toBe('');
  });

  test('parameters come from the command line, and from files', async () => {
    const path = project.write('numbers.json', '[1, 2]');
    const { code } = await cli('run', 'sums', '--param', `numbers=@${path}`, '--param', 'who=Ada');
    expect(code).toBe(0);
  });

  test('--model swaps the model of one step', async () => {
    const { code, stdout } = await cli(
      'run',
      'sums',
      '--model',
      'recorded:sums',
      '--model',
      'each=recorded:./recordings/sums.jsonl',
      '--json',
    );
    expect(code).toBe(0);
    const models = stdout.match(/"step":"each\[0\]","kind":"prompt","model":"[^"]+"/)?.[0];
    expect(models).toContain('recorded:./recordings/sums.jsonl');
  });

  test('--project is the project, --db is relative to where it was typed', async () => {
    const here = join(project.dir, 'recordings');
    const { code, stdout } = await runCli(['run', 'sums', '--quiet', '--project', '..', '--db', 'typed.db'], {
      cwd: here,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '3\n' });
    expect(existsSync(join(here, 'typed.db'))).toBe(true);
    const runs = await runCli(['runs', '--json', '--project', '..', '--db', 'typed.db'], { cwd: here });
    expect(runs.stdout.trim().split('\n')).toHaveLength(1);
  });

  test('the log is where --db or AIWORKFLOW_DB says', async () => {
    await cli('run', 'sums', '--db', 'elsewhere.db');
    const { stdout } = await runCli(['runs', '--json'], {
      cwd: project.dir,
      env: { AIWORKFLOW_DB: 'elsewhere.db' },
    });
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });
});

describe('the log', () => {
  test('an empty AIWORKFLOW_DB is none', async () => {
    const own = createProject();
    try {
      await own.record('sums', 'sums', sumsScript);
      const run = await runCli(['run', 'sums', '--quiet'], { cwd: own.dir, env: { AIWORKFLOW_DB: '' } });
      expect(run).toMatchObject({ code: 0, stdout: '3\n', stderr: '' });
      expect(existsSync(join(own.dir, '.aiworkflow', 'audit.db'))).toBe(true);
      const { stdout } = await runCli(['runs', '--json'], { cwd: own.dir, env: { AIWORKFLOW_DB: '' } });
      expect(stdout.trim().split('\n')).toHaveLength(1);
    } finally {
      own.remove();
    }
  });

  test('a run that could not be logged is not summed up: nothing of it can be looked at', async () => {
    await cli('run', 'sums', '--quiet', '--db', 'locked.db');
    const holder = new Database(join(project.dir, 'locked.db'));
    holder.exec('BEGIN IMMEDIATE');
    try {
      const { code, stdout, stderr } = await cli('run', 'sums', '--db', 'locked.db');
      expect(stderr).toContain('[LOG_UNWRITABLE]');
      expect(stderr).not.toMatch(/aiworkflow show|^used/m);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    } finally {
      holder.close();
    }
  });
});

describe('exit codes', () => {
  test.each([
    { what: 'a failed tool', args: ['loud'], code: 1, error: '[TOOL_FAILED]' },
    { what: 'a limit', args: ['short'], code: 3, error: '[LIMIT_REACHED]' },
    {
      what: 'another request than the recording answers',
      args: ['sums', '--param', 'who=Eve'],
      code: 1,
      error: '[RECORDING_DIVERGED]',
    },
    {
      what: 'a reference that no step can satisfy',
      args: ['astray'],
      code: 2,
      error: 'workflows/astray.yaml:4:17 "params" has no field "q".',
    },
    { what: 'an unknown workflow', args: ['smus'], code: 2, error: 'Did you mean "sums"?' },
    {
      what: 'an unknown parameter',
      args: ['sums', '--param', 'whom=Eve'],
      code: 2,
      error: 'did you mean "who"?',
    },
    {
      what: 'a parameter without a value',
      args: ['sums', '--param', 'who'],
      code: 2,
      error: '--param name=value',
    },
    {
      what: 'a parameter of the wrong type',
      args: ['sums', '--param', 'numbers=two'],
      code: 2,
      error: 'Param "numbers" must be JSON of type array',
    },
    {
      what: 'a parameter file that is not there',
      args: ['sums', '--param', 'numbers=@no.json'],
      code: 2,
      error: '[FILE_NOT_FOUND]',
    },
    {
      what: 'a parameter given twice',
      args: ['sums', '--param', 'who=a', '--param', 'who=b'],
      code: 2,
      error: 'given twice',
    },
    {
      what: 'a model without a provider',
      args: ['sums', '--model', 'gpt'],
      code: 2,
      error: '[MODEL_UNKNOWN]',
    },
    {
      what: 'a missing key',
      args: ['sums', '--model', 'anthropic:claude-sonnet-5-5'],
      code: 2,
      error: 'ANTHROPIC_API_KEY',
    },
    {
      what: 'a recording that is not there',
      args: ['sums', '--model', 'recorded:none'],
      code: 2,
      error: '[FILE_NOT_FOUND]',
    },
    {
      what: 'a model for a step that is not there',
      args: ['sums', '--model', 'totl=recorded:sums'],
      code: 2,
      error: 'did you mean "total"?',
    },
    { what: 'an unknown option', args: ['sums', '--modle', 'x'], code: 2, error: 'did you mean --model?' },
    {
      what: 'a log in no folder',
      args: ['sums', '--db', 'no/such/folder.db'],
      code: 2,
      error: '[LOG_UNOPENABLE]',
    },
  ])('$what: $code', async ({ args, code, error }) => {
    const result = await cli('run', ...args);
    expect(result.stderr).toContain(error);
    expect(result.stderr).toMatch(/^Error: /m);
    expect(result.stderr).toMatch(/^Try: /m);
    expect(result.code).toBe(code);
    expect(result.stdout).toBe('');
  });

  test('a key that is missing for a later step stops the run before anything is paid for', async () => {
    await cli(
      'run',
      'sums',
      '--db',
      'unpaid.db',
      '--model',
      'recorded:sums',
      '--model',
      'each=openai:gpt-6-sol',
    );
    const { stdout } = await cli('runs', '--db', 'unpaid.db');
    expect(stdout).toBe('No runs.\n');
  });

  test('an error is one line of JSON with --json', async () => {
    const { code, stdout } = await cli('run', 'loud', '--json');
    const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(last).toMatchObject({ type: 'error', code: 'TOOL_FAILED', exitCode: 1 });
    expect(last['runId']).toMatch(/^\d{8}-/);
    expect(code).toBe(1);
  });
});

test('what a tool writes cannot steer the terminal', async () => {
  const { stderr } = await cli('run', 'loud');
  expect(stderr).toContain('too loud \\x1b[31m');
  expect(stderr).not.toContain('\u001b');
});

describe('files that are wrong', () => {
  test.each([
    {
      what: 'YAML that is none',
      text: 'id: bad\nsteps: [',
      error: /workflows\/bad\.yaml:\d+:\d+ .*\[YAML_INVALID\]/s,
    },
    {
      what: 'an unknown key',
      text: 'id: bad\nstepps: []\n',
      error: /workflows\/bad\.yaml:2:1 .*\[DEFINITION_INVALID\]/s,
    },
    {
      what: 'a template that is none',
      text: "id: bad\nsteps:\n  - id: a\n    prompt: '{{#if'\n",
      error: /workflows\/bad\.yaml:4:.*\[TEMPLATE_SYNTAX\]/s,
    },
    {
      what: 'a circle',
      text: "id: bad\nsteps:\n  - { id: a, prompt: '{{ b.text }}' }\n  - { id: b, prompt: '{{ a.text }}' }\n",
      error: /\[STEP_CYCLE\]/,
    },
    {
      what: 'a server that is not declared',
      text: 'id: bad\ntools: [dsk]\nsteps:\n  - { id: a, prompt: hi }\n',
      error: /Did you mean "desk"\?.*\[TOOL_SERVER_UNKNOWN\]|\[TOOL_SERVER_UNKNOWN\].*Did you mean "desk"\?/s,
    },
    {
      what: 'no UTF-8',
      text: Buffer.from([0x69, 0x64, 0x3a, 0xff, 0xfe]).toString('latin1'),
      error: /Error: .*workflows\/bad\.yaml/,
    },
  ])('$what', async ({ text, error }) => {
    const own = createProject({ 'workflows/bad.yaml': text });
    const { code, stderr } = await runCli(['run', 'bad'], { cwd: own.dir });
    own.remove();
    expect(stderr).toMatch(error);
    expect(code).toBe(2);
  });

  test('aiworkflow.yaml with an unknown key', async () => {
    const own = createProject({ 'aiworkflow.yaml': 'modle: openai:x\n' });
    const { code, stderr } = await runCli(['run', 'sums'], { cwd: own.dir });
    own.remove();
    expect(stderr).toMatch(/aiworkflow\.yaml:1:1 /);
    expect(code).toBe(2);
  });

  test('a tool server that does not start', async () => {
    const own = createProject({ 'aiworkflow.yaml': 'tools:\n  desk: { command: no-such-program }\n' });
    own.write('workflows/loud.yaml', 'id: loud\nsteps:\n  - { id: shout, call: desk.shout }\n');
    const { code, stderr } = await runCli(['run', 'loud'], { cwd: own.dir });
    own.remove();
    expect(stderr).toContain('[TOOL_SERVER_UNREACHABLE]');
    expect(code).toBe(1);
  });
});

/** Ids and times differ from run to run; everything else does not. */
function timeless(text: string): string {
  return text.replaceAll(/\d{8}-\d{6}-\w{8}/g, '<run>').replaceAll(/\d+(?:\.\d)? m?s\b/g, '<time>');
}
