import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { starterFiles } from '../../src/cli/init/starter-files.ts';
import { createProject, type Project, sumsScript } from './support/project.ts';
import { runCli } from './support/run-cli.ts';

const bin = join(import.meta.dirname, '../../bin/aiworkflow.mjs');
let project: Project;
beforeAll(async () => {
  project = createProject();
  await project.record('sums', 'sums', sumsScript);
});
afterAll(() => project.remove());

const cli = (...args: string[]) => runCli(args, { cwd: project.dir });

describe('check', () => {
  test('a server that does not start is told once, however many inner workflows ask it', async () => {
    const own = createProject({
      'aiworkflow.yaml': `tools:\n  broken: { command: ${process.execPath}, args: [-e, "process.exit(2)"] }\n`,
      'workflows/inner.yaml': 'id: inner\nsteps:\n  - { id: a, call: broken.look, arguments: {} }\n',
      'workflows/outer.yaml':
        'id: outer\nsteps:\n  - { id: a, call: broken.look, arguments: {} }\n  - { id: b, workflow: inner }\n',
    });
    try {
      const { code, stdout } = await runCli(['check', 'outer', '--json'], { cwd: own.dir });
      const { errors } = JSON.parse(stdout) as { errors: { code: string }[] };
      expect(errors.map((error) => error.code)).toEqual(['TOOL_SERVER_UNREACHABLE']);
      expect(code).toBe(2);
    } finally {
      own.remove();
    }
  });

  test('a header without its secret: the code of `run`, and no place in a file that does not name it', async () => {
    const own = createProject({
      'aiworkflow.yaml': `model: local:m\nproviders:\n  local:\n    baseUrl: http://127.0.0.1:1/v1\n    headers: { x-key: "\${NO_SUCH_KEY}" }\n`,
      'workflows/w.yaml': 'id: w\nsteps:\n  - { id: a, prompt: hi }\n',
    });
    try {
      const check = await runCli(['check', 'w', '--json'], { cwd: own.dir });
      const [finding] = (JSON.parse(check.stdout) as { errors: Record<string, unknown>[] }).errors;
      expect(finding).toMatchObject({ code: 'SECRET_MISSING' });
      expect(finding).not.toHaveProperty('location');
      const run = await runCli(['run', 'w'], { cwd: own.dir });
      expect(run.stderr).toContain(`Error: ${String(finding?.['message'])} [SECRET_MISSING]`);
      expect([check.code, run.code]).toEqual([2, 2]);
    } finally {
      own.remove();
    }
  });

  test('warns of a recording of another workflow, and of none that no step asks', async () => {
    const ask = (file: string) =>
      runCli(['check', file, '--offline', '--json'], { cwd: project.dir }).then(({ stdout }) =>
        (JSON.parse(stdout) as { warnings: { code: string; message: string }[] }).warnings
          .filter(({ code }) => code === 'RECORDING_DIVERGED')
          .map(({ message }) => message),
      );
    project.write('other/foreign.yaml', 'id: foreign\nsteps:\n  - { id: a, prompt: hi }\n');
    project.write('other/calls.yaml', 'id: calls\nsteps:\n  - { id: a, call: desk.shout }\n');
    expect(await ask('other/foreign.yaml')).toEqual([expect.stringContaining('a run of workflow "sums"')]);
    expect(await ask('other/calls.yaml')).toEqual([]);
    expect(await ask('sums')).toEqual([]);
  });

  test('a sound workflow: its tools, its cost, no file left behind', async () => {
    const { code, stdout } = await cli('check', 'sums', '--db', 'check.db');
    expect(stdout).toMatch(/^✓ sums {2}0 errors, 1 warning$/m);
    expect(stdout).toMatch(/warning workflows\/sums\.yaml:14:5 Step "each" has no effect/);
    expect(stdout).toContain('tools    desk: 4 tools (add, book, shout, wait)');
    expect(stdout).toContain('cost     at least $0 a run');
    expect(code).toBe(0);
    expect(existsSync(join(project.dir, 'check.db'))).toBe(false);
  });

  test('--model quotes another model, --offline starts nothing', async () => {
    const { stdout } = await runCli(['check', 'sums', '--offline', '--model', 'openai:gpt-4o', '--json'], {
      cwd: project.dir,
      env: { OPENAI_API_KEY: 'sk-not-a-key' },
    });
    const report = JSON.parse(stdout) as {
      tools: object;
      cost: { lowUsd: number; steps: { model: string }[] };
    };
    expect(report.tools).toEqual({});
    expect(report.cost.lowUsd).toBeGreaterThan(0);
    expect(report.cost.steps.map((step) => step.model)).toEqual(['openai:gpt-4o', 'openai:gpt-4o']);
  });

  test('a missing key is a warning: a build server need not have it', async () => {
    const { code, stdout } = await cli('check', 'sums', '--offline', '--model', 'openai:gpt-4o');
    expect(stdout).toContain('[MODEL_KEY_MISSING]');
    expect(code).toBe(0);
  });

  test('everything that is wrong at once, each with its place: exit code 2', async () => {
    const own = createProject({
      'workflows/bad.yaml': 'id: bad\ntools: [desk]\nsteps:\n  - id: a\n    promt: hi\n',
      'workflows/worse.yaml':
        'id: worse\ntools: [desk]\nsteps:\n  - id: a\n    call: desk.ad\n    arguments: { a: 1, b: 2 }\n',
    });
    await own.record('sums', 'sums', sumsScript);
    const { code, stdout } = await runCli(['check'], { cwd: own.dir });
    own.remove();
    expect(stdout).toMatch(/✗ workflows\/bad\.yaml[\s\S]*workflows\/bad\.yaml:5:5 /);
    expect(stdout).toMatch(
      /✗ worse[\s\S]*workflows\/worse\.yaml:5:11 No server offers a tool "desk\.ad"\. \[TOOL_UNKNOWN\]\n {4}Try: Did you mean "desk\.add"\?/,
    );
    expect(stdout).toMatch(/✓ sums/);
    expect(code).toBe(2);
  });

  test('an unknown workflow, and a project without any', async () => {
    expect((await cli('check', 'smus')).stdout).toContain('Did you mean "sums"?');
    const { code, stderr } = await cli('check', '--project', 'recordings');
    expect(stderr).toContain('aiworkflow init');
    expect(code).toBe(2);
  });
});

describe('init', () => {
  test('writes a project that checks, and never overwrites', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-init-'));
    const first = await runCli(['init', 'mine'], { cwd: dir });
    expect(first.code).toBe(0);
    for (const path of Object.keys(starterFiles)) expect(first.stdout).toContain(`wrote mine/${path}`);
    const check = await runCli(['check', 'hello', '--project', 'mine'], { cwd: dir });
    expect(check.stdout).toMatch(/^✓ hello {2}0 errors, 1 warning$/m);
    expect(check.stdout).toContain('ANTHROPIC_API_KEY is not set');
    rmSync(join(dir, 'mine/workflows/hello.yaml'));
    const second = await runCli(['init', 'mine'], { cwd: dir });
    expect(second.stderr).toContain('there already; nothing was written');
    expect(second.code).toBe(2);
    expect(existsSync(join(dir, 'mine/workflows/hello.yaml'))).toBe(false);
    rmSync(dir, { recursive: true });
  });
});

describe('doctor', () => {
  test('looks at everything, and never prints a key', async () => {
    const { code, stdout } = await runCli(['doctor'], {
      cwd: project.dir,
      env: { OPENAI_API_KEY: 'sk-very-secret' },
    });
    for (const what of ['node', 'project', 'log', 'disk', 'keys', 'tools', 'duckdb'])
      expect(stdout).toMatch(new RegExp(`^(ok|warn) +${what} `, 'm'));
    expect(stdout).toContain('OPENAI_API_KEY is set (openai)');
    expect(stdout).toContain('desk starts and offers 4 tools');
    expect(stdout).not.toContain('sk-very-secret');
    expect(code).toBe(0);
  });

  test.each([
    {
      what: 'a broken project file',
      files: { 'aiworkflow.yaml': 'modle: x\n' },
      fails: /^fail +project +aiworkflow\.yaml:1:1 /m,
    },
    {
      what: 'a broken workflow',
      files: { 'workflows/bad.yaml': 'id: [' },
      fails: /^fail +project +workflows\/bad\.yaml/m,
    },
    {
      what: 'a server that does not start',
      files: { 'aiworkflow.yaml': 'tools:\n  desk: { command: no-such-program }\n' },
      fails: /^fail +tools +desk: /m,
    },
    {
      what: 'a log that is none',
      files: {
        '.aiworkflow/audit.db': 'text, not a database, and long enough to be read as one. '.repeat(50),
      },
      fails: /^fail +log +/m,
    },
  ])('$what: exit code 1, with what to do', async ({ files, fails }) => {
    const own = createProject(files as Readonly<Record<string, string>>);
    const { code, stdout } = await runCli(['doctor'], { cwd: own.dir });
    own.remove();
    expect(stdout).toMatch(fails);
    expect(stdout).toMatch(/^ +Try: /m);
    expect(code).toBe(1);
  });
});

describe('server', () => {
  test('speaks MCP, and its options are its own', async () => {
    project.write('contracts/.keep', '');
    project.write('feeds/a.csv', 'id,name\n1,one\n');
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [bin, 'server', 'lake', '--root', 'feeds', '--warehouse', 'lake'],
      cwd: project.dir,
    });
    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(transport);
    const { tools } = await client.listTools();
    await client.close();
    expect(tools.map((tool) => tool.name)).toContain('inspect_file');
  });

  test.each([
    { args: ['server', 'lak'], error: 'did you mean lake?' },
    { args: ['server', 'lake', '--rooot', 'x'], error: '[USAGE]' },
    { args: ['server'], error: "Missing required argument 'name'" },
  ])('$args', async ({ args, error }) => {
    const { code, stderr } = await cli(...args);
    expect(stderr).toContain(error);
    expect(code).toBe(2);
  });
});

describe('the command line itself', () => {
  test('an unknown command', async () => {
    expect(await cli('rnu')).toMatchObject({
      code: 2,
      stderr: "Error: Unknown command 'rnu'. [USAGE]\nTry: did you mean run? Otherwise: aiworkflow --help\n",
    });
  });

  test('no command prints the help, and is no success', async () => {
    const { code, stdout, stderr } = await cli();
    expect(stdout + stderr).toContain('Usage: aiworkflow');
    expect(code).toBe(2);
  });

  test('--version', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(await cli('--version')).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  test('a wrong option as JSON', async () => {
    const { code, stdout } = await cli('runs', '--json', '--lmit', '3');
    expect(JSON.parse(stdout)).toMatchObject({ type: 'error', code: 'USAGE', exitCode: 2 });
    expect(code).toBe(2);
  });

  test('a reader that leaves early (| head) is no crash', async () => {
    await cli('run', 'sums');
    const child = spawn(process.execPath, [bin, 'run', 'sums', '--json'], { cwd: project.dir });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('an old Node is told so, with the way out', async () => {
    const old =
      "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})";
    const child = spawn(process.execPath, ['--import', old, bin, 'runs'], { cwd: project.dir });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(stderr).toMatch(
      /^Error: aiworkflow needs Node >= 22\.18, and this is v20\.20\.2 .*\[NODE_TOO_OLD\]\nTry: npm install --save-dev node@24/,
    );
    expect(code).toBe(2);
  });
});
