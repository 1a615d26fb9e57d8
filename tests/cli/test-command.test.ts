import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportRun, openAuditLog } from '../../src/audit/sqlite/index.ts';
import { executeOnce } from '../../src/runtime/group.ts';
import { createRuntime } from '../../src/runtime.ts';
import { scriptedModel } from '../../src/testing/index.ts';
import { createProject, type Project, sums, sumsScript } from './support/project.ts';
import { type CliResult, endLeftovers, runCli } from './support/run-cli.ts';

let project: Project;

beforeEach(async () => {
  project = createProject();
  await project.record('kept', 'sums', sumsScript);
  mkdirSync(join(project.dir, 'tests'), { recursive: true });
  cpSync(join(project.dir, 'recordings'), join(project.dir, 'tests/recordings'), { recursive: true });
});

afterEach(() => {
  endLeftovers();
  project.remove();
});

const run = (...args: string[]): Promise<CliResult> => runCli(['test', ...args], { cwd: project.dir });
const kept = (): string => readFileSync(join(project.dir, 'tests/recordings/kept.jsonl'), 'utf8');

test('what is as recorded passes, and leaves nothing behind', async () => {
  // No server can be started, no provider reached: neither is needed.
  project.write('aiworkflow.yaml', 'tools:\n  desk:\n    command: /nowhere/at-all\n');
  const { code, stdout, stderr } = await run();
  expect(stderr).toBe('');
  expect(stdout).toMatch(
    /^✓ tests\/recordings\/kept\.jsonl {2}6 calls, .*\n\n1 recording ok; 6 calls replayed in .*, none made\n$/,
  );
  expect(code).toBe(0);
  expect(() => readFileSync(join(project.dir, '.aiworkflow/audit.db'))).toThrow('ENOENT');
});

interface Change {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly says: readonly string[];
}

const changes: readonly Change[] = [
  {
    name: 'a prompt',
    path: 'workflows/sums.yaml',
    text: sums.replace('Add {{ json', 'Add up {{ json'),
    says: ['At step total, turn 1, model call', 'Add [1,2] for Ada', 'Add up [1,2] for Ada'],
  },
  {
    name: 'a contract',
    path: 'workflows/sums.yaml',
    text: sums.replace('required: [sum]', 'required: [sum, count]'),
    says: ['At step total, turn 1, model call', 'count'],
  },
  {
    name: 'a prompt of a later step',
    path: 'workflows/sums.yaml',
    text: sums.replace('odd?', 'even?'),
    says: ['At step each, item 1, turn 1, model call', 'Is 1 even?'],
  },
  {
    name: 'what the workflow returns',
    path: 'workflows/sums.yaml',
    text: sums.replace("result: '{{ total.response.sum }}'", "result: 'sum: {{ total.response.sum }}'"),
    says: ['comes to another result', 'sum: 3'],
  },
  {
    name: 'a step more',
    path: 'workflows/sums.yaml',
    text: sums.replace('result:', "  - id: more\n    prompt: 'And {{ total.response.sum }}?'\nresult:"),
    says: ['Step "more" begins now'],
  },
];

test.each(changes)(
  'a change of $name is caught, with the first call that it changes',
  async ({ path, text, says }) => {
    project.write(path, text);
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(stdout).toContain('✗ DIFFERS tests/recordings/kept.jsonl');
    for (const words of says) expect(stdout).toContain(words);
    expect(stdout).toContain('0 recordings ok, 1 no longer as recorded');
  },
);

interface Break {
  readonly name: string;
  readonly write: () => void;
  readonly says: readonly string[];
}

const write = (text: string): string => project.write('tests/recordings/kept.jsonl', text);
const breaks: readonly Break[] = [
  {
    name: 'a line that was changed',
    write: () => write(kept().replace('No, 2 is even.', 'Yes, 2 is even.')),
    says: ['kept.jsonl does not verify', 'line '],
  },
  {
    name: 'a file that was cut off',
    write: () => write(kept().split('\n').slice(0, -4).join('\n')),
    says: ['the file was cut off', 'line '],
  },
  {
    name: 'a line that is no JSON',
    write: () => write(kept().replace('{"blob"', '{blob')),
    says: ['line 2 is not a line of a run export'],
  },
  {
    name: 'a workflow whose file is gone',
    write: () => rmSync(join(project.dir, 'workflows/sums.yaml')),
    says: ['The file of workflow "sums" is gone', 'remove the recording'],
  },
  {
    name: 'a workflow that cannot be loaded',
    write: () => project.write('workflows/sums.yaml', sums.replace('steps:', 'stps:')),
    says: ['workflows/sums.yaml:6:1', 'stps'],
  },
];

test.each(breaks)('$name: exit code 2, and the others are tried all the same', async ({ write, says }) => {
  project.write('tests/recordings/other.jsonl', kept());
  write();
  const { code, stdout } = await run();
  expect(code).toBe(2);
  expect(stdout).toContain('✗ BROKEN tests/recordings/kept.jsonl');
  for (const words of says) expect(stdout).toContain(words);
  expect(stdout).toMatch(/(✓|✗ BROKEN) tests\/recordings\/other\.jsonl/);
});

test('a test of nothing does not pass', async () => {
  rmSync(join(project.dir, 'tests/recordings/kept.jsonl'));
  const { code, stderr } = await run();
  expect(code).toBe(2);
  expect(stderr).toContain('There are no recordings in tests/recordings.');
  expect(stderr).toContain('aiworkflow export <run> --out tests/recordings/<name>.jsonl');
});

test('one workflow: recordings of others are left alone, broken ones too', async () => {
  project.write('workflows/alone.yaml', 'id: alone\nsteps:\n  - id: ask\n    prompt: Who is there?\n');
  write('no export at all');
  await project.record('alone', 'alone', ['Nobody.']);
  cpSync(join(project.dir, 'recordings/alone.jsonl'), join(project.dir, 'tests/recordings/alone.jsonl'));
  const named = await run('alone');
  expect(named).toMatchObject({ code: 0, stderr: '' });
  expect(named.stdout).toContain('1 recording ok; 1 call replayed');
  expect((await run('workflows/alone.yaml')).stdout).toContain('1 recording ok; 1 call replayed');
});

test('a run that failed must fail in the same way', async () => {
  await project.record('failed', 'sums', [{ json: {} }, { json: {} }, { json: {} }, { json: {} }]);
  cpSync(join(project.dir, 'recordings/failed.jsonl'), join(project.dir, 'tests/recordings/failed.jsonl'));
  const same = await run();
  expect(same.stdout).toMatch(/✓ tests\/recordings\/failed\.jsonl {2}.*both ended failed/);
  expect(same.code).toBe(0);
  project.write('workflows/sums.yaml', sums.replace('required: [sum]', 'required: []'));
  expect((await run()).stdout).toContain('✗ DIFFERS tests/recordings/failed.jsonl');
});

test('the run of a program is skipped, and that alone proves nothing', async () => {
  const log = openAuditLog({ file: join(project.dir, 'program.db'), durability: 'normal' });
  const runtime = await createRuntime({ projectDir: project.dir, log });
  const { runId } = await executeOnce(runtime, {
    prompt: 'Who is there?',
    tools: [],
    model: scriptedModel(['Nobody.']),
    workflowId: 'door',
  });
  const lines = [...exportRun(log, runId)];
  await runtime.close();
  project.write('tests/recordings/door.jsonl', `${lines.join('\n')}\n`);
  const both = await run();
  expect(both.stdout).toContain('– skipped tests/recordings/door.jsonl  made by a program');
  expect(both.code).toBe(0);
  rmSync(join(project.dir, 'tests/recordings/kept.jsonl'));
  expect((await run()).code).toBe(2);
});

test('a recording with a redacted text says so', async () => {
  await runCli(['import', 'tests/recordings/kept.jsonl'], { cwd: project.dir });
  await runCli(['redact', 'last', '--match', 'Yes, 1 is odd.', '--why', 'a test', '--by', 'Ada'], {
    cwd: project.dir,
  });
  await runCli(['export', 'last', '--out', 'tests/recordings/kept.jsonl'], { cwd: project.dir });
  const { code, stdout } = await run();
  expect(stdout).toContain('✗ BROKEN tests/recordings/kept.jsonl');
  expect(stdout).toContain('was redacted on');
  expect(stdout).toContain('[TEXT_REDACTED]');
  expect(code).toBe(2);
});

test('--json gives a line for each recording', async () => {
  project.write('workflows/sums.yaml', sums.replace('Add {{ json', 'Add up {{ json'));
  const { code, stdout } = await run('--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    type: 'recording',
    file: 'tests/recordings/kept.jsonl',
    workflowId: 'sums',
    status: 'differs',
    differs: { differences: [{ part: 'message', was: expect.stringContaining('Add [1,2]') as string }] },
  });
});

test('--update runs anew what is no longer as recorded, and leaves the rest', async () => {
  const before = kept();
  expect(await run('--update', '--model', 'recorded:kept')).toMatchObject({ code: 0 });
  expect(kept()).toBe(before);

  project.write('workflows/sums.yaml', sums.replace('Add {{ json', 'Add up {{ json'));
  await project.record('anew', 'sums', sumsScript);
  const updated = await run('--update', '--model', 'recorded:anew');
  expect(updated.stdout).toContain('tests/recordings/kept.jsonl: recorded anew, run ');
  expect(updated.stdout).toContain('asked otherwise');
  expect(updated.code).toBe(0);
  expect(kept()).not.toBe(before);
  expect(await run()).toMatchObject({ code: 0 });
  const runs = await runCli(['runs', '--json'], { cwd: project.dir });
  expect(runs.stdout).toContain('"workflowId":"sums"');
});

test('a run that fails leaves the recording as it was', async () => {
  const before = kept();
  project.write('workflows/sums.yaml', sums.replace('Add {{ json', 'Add up {{ json'));
  const { code, stderr } = await run('--update', '--model', 'recorded:kept');
  expect(code).toBe(1);
  expect(stderr).toContain('RECORDING_DIVERGED');
  expect(kept()).toBe(before);
});

test('--model without --update is refused', async () => {
  const { code, stderr } = await run('--model', 'recorded:kept');
  expect(code).toBe(2);
  expect(stderr).toContain('a test asks no model');
});

const root = join(import.meta.dirname, '../..');

test('the recordings that ship with the project are as its files say, and a prompt that changes is caught', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-shipped-'));
  try {
    for (const path of ['aiworkflow.yaml', 'workflows', 'prompts', 'contracts', 'recordings'])
      cpSync(join(root, path), join(dir, path), { recursive: true });
    const shipped = await runCli(['test', '--recordings', 'recordings'], { cwd: dir });
    // A prompt or a contract was changed: `node scripts/record-demo.ts` makes the recordings anew.
    expect(shipped.stdout).toContain('4 recordings ok;');
    expect(shipped.code).toBe(0);
    const prompt = join(dir, 'prompts/report-datamart.prompt');
    const text = readFileSync(prompt, 'utf8');
    writeFileSync(prompt, `${text}\nBe brief.\n`);
    const changed = await runCli(['test', 'product-datamart', '--recordings', 'recordings'], { cwd: dir });
    expect(changed.code).toBe(1);
    expect(changed.stdout).toContain('+ Be brief.');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
