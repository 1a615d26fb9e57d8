import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endLeftovers, runCli, startCli } from '../cli/support/run-cli.ts';
import { type Asked, type ChatProvider, type ChatReply, startChat } from './support/chat-provider.ts';

const deskServer = fileURLToPath(new URL('../cli/support/desk-server.mjs', import.meta.url));

/** Reads two numbers from the prompt, adds them with a tool, and answers with the sum. */
const adds = ({ prompt, results, tools }: Asked): ChatReply => {
  const [a = 0, b = 0] = [...prompt.matchAll(/\d+/g)].map(Number);
  const [sum] = results;
  if (prompt.startsWith('Tell')) return { text: 'told' };
  if (sum !== undefined) return { json: { sum: Number(sum), sign: 'plus' } };
  return { tool: tools.find((name) => name.endsWith('add')) ?? '', arguments: { a, b } };
};

const workflow = `id: sums
model: desk:big # the dear one
params:
  a: { type: integer }
tools: [desk]
steps:
  # what the candidate is for
  - id: total   # the sum
    prompt: 'Add {{ params.a }} and 2.'
    tools: [desk.add]
    response:
      type: object
      required: [sum]
      properties: { sum: { type: number }, sign: { type: string } }
  - id: tell
    prompt: 'Tell {{ json total.response }}.'
`;

let small: (asked: Asked) => ChatReply = adds;
let provider: ChatProvider;
let dir: string;

beforeAll(async () => {
  provider = await startChat((asked) => (asked.model === 'big' ? adds(asked) : small(asked)));
  dir = mkdtempSync(join(tmpdir(), 'aiworkflow-swap-cli-'));
  write(
    'aiworkflow.yaml',
    `providers:
  desk: { api: openai.chat, baseUrl: '${provider.url}' }
prices:
  'desk:big': { input: 10, output: 20 }
  'desk:small': { input: 1, output: 2 }
tools:
  desk: { command: '${process.execPath}', args: ['${deskServer}'] }
`,
  );
  write('workflows/sums.yaml', workflow);
  for (let a = 0; a < 9; a++)
    expect(await cli('run', 'sums', '--param', `a=${a}`, '--quiet')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await provider.close();
});
beforeEach(() => {
  small = adds;
  write('workflows/sums.yaml', workflow);
});
afterEach(endLeftovers);

const file = () => readFileSync(join(dir, 'workflows/sums.yaml'), 'utf8');
const cli = (...args: string[]) => runCli(args, { cwd: dir });
const swap = (...args: string[]) => cli('swap', 'sums', '--step', 'total', '--model', 'desk:small', ...args);

function write(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
}

test('a safe swap prints its figures and rules, and --apply writes the model and nothing else', async () => {
  const before = provider.asked.length;
  const { code, stdout, stderr } = await swap('--apply');
  console.log(stdout, stderr);
  expect(code).toBe(0);
});
