import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SwapReport } from '../../src/engine/swap/swap-report.ts';
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
const runs: string[] = [];

beforeAll(async () => {
  provider = await startChat((asked) => (asked.model === 'big' ? adds(asked) : small(asked)));
  dir = mkdtempSync(join(tmpdir(), 'aiworkflow-swap-cli-'));
  write(
    'aiworkflow.yaml',
    `providers:
  desk: { api: openai.chat, baseUrl: '${provider.url}' }
  locked: { api: openai.chat, baseUrl: '${provider.url}', apiKeyEnv: NO_SUCH_KEY }
prices:
  'desk:big': { input: 10, output: 20 }
  'desk:small': { input: 1, output: 2 }
  'locked:small': { input: 1, output: 2 }
tools:
  desk: { command: '${process.execPath}', args: ['${deskServer}'] }
`,
  );
  write('workflows/sums.yaml', workflow);
  for (let a = 0; a < 10; a++) {
    const { stdout } = await cli('run', 'sums', '--param', `a=${a}`, '--json');
    runs.push((JSON.parse(stdout.split('\n')[0] ?? '') as { runId: string }).runId);
  }
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
const swapArgs = (...args: string[]) => ['swap', 'sums', '--step', 'total', '--model', 'desk:small', ...args];
const swap = (...args: string[]) => cli(...swapArgs(...args));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
}

async function report(...args: string[]): Promise<SwapReport & { readonly applied: string | null }> {
  const { stdout } = await swap('--json', ...args);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as never;
}

const timeless = (text: string): string =>
  text
    .replaceAll(/\d{8}-\d{6}-[a-z0-9]{8}/g, '<run>')
    .replaceAll(/[+-]?[\d.]+ (ms|s)\b/g, '<time>')
    .replaceAll(/(model time).*/g, '$1 …')
    // The widest cell of a column is a time.
    .replaceAll(/ {2,}(->|case by case)/g, '  $1');

test('a safe swap prints its figures and rules, and asks the candidate for nothing but the step', async () => {
  const before = provider.asked.length;
  const { code, stdout, stderr } = await swap();
  expect(timeless(stdout)).toMatchInlineSnapshot(`
    "step  total of sums
    then  desk:big
    now   desk:small
    swap  <run>

    contract
            kept at once  after repairs  not at all  tool result missing  not finished
      then            10              0           0                    0             0
      now             10              0           0                    0             0

    fields
      2 fields equal in every answer

    calls
      10 cases with the same calls, 0 in another order, 0 with others
      tools: desk.add 10 -> 10
      stop reasons: tool-calls 10, end 10 -> tool-calls 10, end 10

    cost and time per case, then -> now: median (min to max)
      cost        $0.024  ->  $0.0024  case by case -$0.0216
      model time …
      tokens in   2k  ->  2k  case by case +0
      tokens out  200  ->  200  case by case +0

    runs
      10 runs replayed, $0.0240 of $1 paid

    rules
      ✓ at least 5 runs were compared                    10
      ✓ every answer keeps the contract                  10 of 10
      ✓ that proves 70% of all cases (95% sure)          74.1%
      ✓ every field agrees in 95% of its values          /sign: 100%
      ✓ the log holds every tool call that it asked for  all
      ✓ it makes the same calls that change something    the same

    SAFE
    again: aiworkflow show <run> --result
    --apply writes it into the workflow file
    "
  `);
  expect(stderr).toMatch(/^swap .*: 10 runs to replay\n1 of 10: run .* replayed as .*: 1 first-try\n/);
  expect(code).toBe(0);
  expect(file()).toBe(workflow);
  expect(
    provider.asked.slice(before).every(({ model, prompt }) => model === 'small' && prompt.startsWith('Add')),
  ).toBe(true);
  expect(provider.asked.length - before).toBe(20);
});

test('a swap that is not safe says which rule broke, with an example, and exits with 1', async () => {
  small = (asked) =>
    asked.results.length > 0 ? { json: { sum: Number(asked.results[0]) + 1, sign: 'plus' } } : adds(asked);
  const { code, stdout } = await swap('--apply');
  expect(code).toBe(1);
  expect(stdout).toMatch(/\/sum +0% +0 of 10 +\d+ -> \d+ {2}\(\S+ total\)/);
  expect(stdout).toMatch(/✗ every field agrees in 95% of its values +\/sum: 0% +broken/);
  expect(stdout).toContain('NOT SAFE');
  expect(stdout).toContain('not written: the verdict is "not safe"');
  expect(file()).toBe(workflow);
});

describe('--apply', () => {
  test('writes the model into the step, comments and all else as they were; the next run uses it', async () => {
    const { code, stdout } = await swap('--apply');
    expect(stdout).toContain('written: model: desk:small in workflows/sums.yaml');
    expect(code).toBe(0);
    expect(file()).toBe(workflow.replace('# the sum\n', '# the sum\n    model: desk:small\n'));
    const before = provider.asked.length;
    await cli('run', 'sums', '--param', 'a=1', '--quiet');
    expect(provider.asked.slice(before).map(({ model }) => model)).toEqual(['small', 'small', 'big']);
    const again = await swap('--apply');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('has the model desk:small already');
  });

  test('writes nothing when the file was changed meanwhile', async () => {
    small = (asked) => {
      write('workflows/sums.yaml', `${workflow}# edited\n`);
      return adds(asked);
    };
    const { code, stderr } = await swap('--apply', '--quiet');
    expect(code).toBe(1);
    expect(stderr).toContain(
      'workflows/sums.yaml was changed while the runs were replayed; nothing was written',
    );
    expect(file()).toBe(`${workflow}# edited\n`);
  });

  test('too few runs are not enough', async () => {
    const { code, stdout } = await swap('--apply', '--last', '4');
    expect(code).toBe(1);
    expect(stdout).toContain('NOT ENOUGH EVIDENCE');
    expect(stdout).toMatch(/\? at least 5 runs were compared +4 +unproven/);
    expect(file()).toBe(workflow);
  });

  test('the step of an inner workflow is changed in its own file', async () => {
    write(
      'workflows/outer.yaml',
      'id: outer\nsteps:\n  - id: inner\n    workflow: sums\n    params: { a: 4 }\n',
    );
    for (let run = 0; run < 9; run++) await cli('run', 'outer', '--quiet');
    const { code, stdout } = await cli(
      'swap',
      'outer',
      '--step',
      'total',
      '--model',
      'desk:small',
      '--apply',
    );
    expect(stdout).toContain('written: model: desk:small in workflows/sums.yaml');
    expect(code).toBe(0);
    expect(file()).toContain('    model: desk:small\n');
  });
});

test('--on-miss live makes the calls that the log does not hold, when they only read', async () => {
  small = (asked) =>
    asked.results.length > 0
      ? { json: { sum: 3, sign: 'plus' } }
      : { tool: asked.tools[0] ?? '', arguments: { a: 70, b: 7 } };
  const stopped = await report('--last', '2');
  expect(stopped.outcomes.now.missing).toBe(2);
  expect(stopped.missing[0]).toMatchObject({ tool: 'desk.add', arguments: { a: 70, b: 7 }, answered: false });
  const live = await report('--last', '2', '--on-miss', 'live');
  expect(live.outcomes.now['first-try']).toBe(2);
  expect(live.missing).toMatchObject([{ tool: 'desk.add', answered: true }, { answered: true }]);
});

describe('in the log', () => {
  test('the swap, its replays and its report can be looked up, and verify', async () => {
    const { swapId, runs: replayed } = await report('--last', '2');
    const shown = await cli('show', swapId, '--result');
    expect(JSON.parse(shown.stdout)).toMatchObject({ swapId, candidate: 'desk:small', step: 'total' });
    expect((await cli('show', swapId)).code).toBe(0);
    expect((await cli('verify')).code).toBe(0);
    expect((await cli('diff', replayed[0]?.original ?? '', replayed[0]?.replay ?? '')).stdout).toContain(
      'total',
    );
    expect((await cli('replay', swapId)).stderr).toContain('is a swap: it compares other runs');
    const { leftOut } = await report('--last', '20');
    expect(leftOut.map(({ why }) => why)).toEqual(expect.arrayContaining(['it is a replay', 'it is a swap']));
  });

  test('a run whose texts were redacted is left out, with the reason', async () => {
    const [oldest = ''] = runs;
    const redacted = await cli('redact', oldest, '--match', 'sum":2', '--all-runs', '--why', 'a test');
    expect(redacted).toMatchObject({ code: 0 });
    const { leftOut, outcomes } = await report('--last', '12');
    const mine = leftOut.find(({ runId }) => runId === oldest);
    expect(mine?.why).toMatch(/redacted/);
    expect(outcomes.now.failed + outcomes.now.unfinished).toBe(0);
  });
});

describe('what keeps a swap from being made', () => {
  test.each<[string, string[], string]>([
    ['a key that is missing', ['--model', 'locked:small'], 'NO_SUCH_KEY'],
    ['an unknown provider', ['--model', 'nobody:m'], 'no provider is called "nobody"'],
    ['a price that is not known', ['--model', 'desk:other'], 'no price is known for desk:other'],
    ['a step that is not there', ['--step', 'totl'], 'did you mean "total"'],
    ['no number', ['--last', 'many'], 'is no number of runs'],
    ['no share', ['--min-agreement', '7'], 'is no share'],
    ['no budget', ['--budget', '0'], 'is no amount of dollars'],
    ['no choice', ['--on-miss', 'go'], "'go' is invalid"],
  ])('%s', async (_, args, words) => {
    const before = provider.asked.length;
    const { code, stderr } = await swap(...args);
    expect(stderr).toContain(words);
    expect(code).toBe(2);
    expect(provider.asked).toHaveLength(before);
  });

  test('a model that the provider does not know is told once', async () => {
    small = () => ({ status: 404, error: 'The model `small` does not exist' });
    const before = provider.asked.length;
    const { code, stderr } = await swap();
    expect(code).toBe(1);
    expect(provider.asked).toHaveLength(before + 1);
    expect(stderr.match(/does not exist/g)).toHaveLength(1);
  });
});

test('a budget that is used up ends the swap in order, with exit code 3 and how far it came', async () => {
  const { swapId, budget, stopped } = await report('--budget', '0.07');
  expect(stopped).toMatchObject({ code: 'BUDGET_EXCEEDED' });
  expect(stopped?.afterRuns).toBeGreaterThan(1);
  expect(budget.spentUsd ?? 1).toBeLessThanOrEqual(0.07);
  const { code, stdout } = await swap('--budget', '0.07');
  expect(code).toBe(3);
  expect(stdout).toMatch(/stopped after \d runs: The budget of swap/);
  expect(stdout).toMatch(/try: begin the swap again with --budget [\d.]+: its runs hold 20 model calls/);
  expect((await cli('show', swapId)).stdout).toContain('stopped');
});

test('a budget that holds no call is no error without a report: nothing compared, and what to type', async () => {
  const { code, stdout, stderr } = await swap('--budget', '0.000001');
  expect([code, stderr]).toEqual([3, expect.not.stringContaining('Error:')]);
  expect(stdout).toMatch(/0 runs replayed, \$0 of .*stopped after 0 runs: .*try: begin the swap again/s);
  expect(stdout).toContain('NOT ENOUGH EVIDENCE');
});

test('Ctrl-C keeps what was done', async () => {
  let asked = 0;
  small = (one) => (++asked > 4 ? 'hang' : adds(one));
  const running = startCli(swapArgs(), { cwd: dir });
  await running.saw('2 of 10:');
  running.child.kill('SIGINT');
  const { code, stdout } = await running.done;
  expect(code).toBe(130);
  expect(stdout).toContain('stopped after 2 runs: ');
  expect(stdout).toContain('NOT ENOUGH EVIDENCE');
  expect((await cli('verify')).code).toBe(0);
});
