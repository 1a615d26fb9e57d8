import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { eventReply, type ProviderServer, startProvider } from '../models/support/provider-server.ts';

// Runs what the README shows, in a copy of the project, in the order of the page. The command that needs a key asks a
// server of this test instead of the provider: a stand-in, which says what the README's answer says.

const readme = readFileSync('README.md', 'utf8');
const commands = [...readme.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block
    .split(/^\$ /m)
    .filter(Boolean)
    .map((entry) => {
      const [line = '', ...output] = entry.split('\n');
      return { command: line.split(' #')[0]!.trim(), output: output.join('\n').trim() };
    }),
);

let dir: string;
let provider: ProviderServer;
const answer = { path: 'verdalia_merchant.xml', why: 'played by a stand-in' };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'aiworkflow-readme-'));
  // src, scripts and tsconfig.json, because npx runs `prepare` in a clone before it runs the clone's command.
  for (const path of [
    'package.json',
    'tsconfig.json',
    'bin',
    'src',
    'dist',
    'scripts',
    'aiworkflow.yaml',
    'workflows',
    'prompts',
    'contracts',
    'data',
    'recordings',
  ])
    cpSync(path, join(dir, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(dir, 'node_modules'));
  const usage = { input_tokens: 100, output_tokens: 20 };
  provider = await startProvider([
    eventReply([
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'claude-sonnet-5-5',
          content: [],
          stop_reason: null,
          usage,
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: JSON.stringify(answer) } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage },
      { type: 'message_stop' },
    ]),
  ]);
});

afterAll(async () => {
  await provider.close();
  rmSync(dir, { recursive: true, force: true });
});

function run(command: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const env = {
    ...process.env,
    ANTHROPIC_BASE_URL: provider.url,
    ANTHROPIC_API_KEY: 'test-key-of-nobody',
    NO_COLOR: '1',
  };
  const child = spawn('bash', ['-c', `${command} 2>&1`], {
    cwd: dir,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((done) => {
    child.on('close', (code) => done({ code, output: Buffer.concat(chunks).toString('utf8').trim() }));
  });
}

/** What differs from run to run: ids and times. */
const settled = (text: string): string =>
  text.replaceAll(/\d{8}-\d{6}-\w{8}/g, '<run>').replaceAll(/\d+(\.\d+)? m?s\b/g, '<time>');

describe('the README’s commands work as it shows', () => {
  test('there are commands to run', () => {
    expect(commands.length).toBeGreaterThanOrEqual(8);
  });

  test.each(commands)('$command', async ({ command, output }) => {
    const result = await run(command);
    expect(result.code, result.output).toBe(0);
    if (output !== '')
      for (const line of settled(output).split('\n')) expect(settled(result.output)).toContain(line);
  });
});

test('its workflow is the file of that name', () => {
  const [, shown = ''] = /```yaml\n# (?:workflows\/vendor-files\.yaml)\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(parse(shown)).toEqual(parse(readFileSync('workflows/vendor-files.yaml', 'utf8')));
});

test('its links lead somewhere', () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => target);
  expect(links.filter((target) => !existsSync(target))).toEqual([]);
});

test('its npm commands exist', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = [...readme.matchAll(/^npm (?:run )?(\w+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'install');
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
