import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noCosts } from '../../src/audit/sqlite/cost-figures.ts';
import type { CostRow } from '../../src/audit/sqlite/index.ts';
import { costLines } from '../../src/cli/cost/cost-lines.ts';
import { groupCosts, totalCosts } from '../../src/cli/cost/group-costs.ts';
import { readSince } from '../../src/cli/cost/read-since.ts';
import { plainStyle } from '../../src/cli/render/style.ts';
import { eventReply, type ProviderServer, startProvider } from '../models/support/provider-server.ts';
import { createProject, type Project } from './support/project.ts';
import { endLeftovers, runCli, startCli } from './support/run-cli.ts';

// $0.06 a call; about $1.06 reserved for it.
const answer = {
  id: 'a',
  model: 'm',
  choices: [{ index: 0, delta: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 5 },
};
const callUsd = 0.06;

const projectFile = (url: string, budget: string) => `providers:
  local: { api: openai.chat, baseUrl: "${url}/v1" }
prices:
  "local:m": { input: 1000, output: 10000 }
model: local:m
budget: ${budget}
`;

const many = `id: many
params: { list: { type: array } }
steps:
  - id: ask
    forEach: params.list
    as: number
    concurrency: 1
    prompt: 'Number {{ number }}.'
    settings: { maxOutputTokens: 100 }
`;

const cli = (project: Project, ...args: string[]) => runCli(args, { cwd: project.dir });
const list = (length: number) => `list=${JSON.stringify(Array.from({ length }, (_, index) => index))}`;

describe('one budget for a day', () => {
  let server: ProviderServer;
  let project: Project;
  beforeAll(async () => {
    server = await startProvider([eventReply([answer])]);
    project = createProject({
      'aiworkflow.yaml': projectFile(server.url, '{ usd: 5, per: day }'),
      'workflows/many.yaml': many,
    });
  });
  afterAll(async () => {
    endLeftovers();
    project.remove();
    await server.close();
  });

  test('is never exceeded by two processes that draw on it, and says what to do', async () => {
    const runs = await Promise.all([1, 2].map(() => cli(project, 'run', 'many', '--param', list(100))));
    for (const { code, stderr } of runs) {
      expect(code).toBe(3);
      expect(stderr).toContain('[BUDGET_EXCEEDED]');
      expect(stderr).toContain('The budget of the project is $5 for ');
      expect(stderr).toMatch(/raise `usd` of the budget in aiworkflow\.yaml:6:9 to \d/);
      expect(stderr).toContain('aiworkflow resume ');
    }
    const calls = server.bodies.length;
    // The last call did not fit: less than its worst case was left, the other process's one aside.
    expect(calls * callUsd).toBeLessThanOrEqual(5);
    expect(calls * callUsd).toBeGreaterThan(5 - 2 * 1.1);
    const { stdout } = await cli(project, 'cost', '--json', '--by', 'day');
    const report = JSON.parse(stdout);
    expect(report.total).toMatchObject({ calls, unknownCalls: 0, inDoubtCalls: 0, inputTokens: calls * 10 });
    expect(report.total.knownUsd).toBeCloseTo(calls * callUsd, 6);
    expect(report.budgets).toMatchObject([
      {
        usd: {
          limit: 5,
          used: expect.closeTo(calls * callUsd, 6),
          left: expect.closeTo(5 - calls * callUsd, 6),
        },
      },
    ]);
    expect((await cli(project, 'verify')).code).toBe(0);
  });

  test('a stopped run goes on when the line that was named allows more', async () => {
    project.write('aiworkflow.yaml', projectFile(server.url, '{ usd: 50, per: day }'));
    const before = server.bodies.length;
    const { code, stderr } = await cli(project, 'resume', 'last');
    expect(stderr).not.toContain('BUDGET_EXCEEDED');
    expect(code).toBe(0);
    const { stdout } = await cli(project, 'cost', '--by', 'run');
    expect(server.bodies.length).toBeGreaterThan(before);
    expect(stdout).toContain(' 100 ');
  });
});

test('a killed process loses no spend, and nobody takes its reservation for a cost that was paid', async () => {
  const server = await startProvider([eventReply([answer]), () => undefined]);
  const project = createProject({
    'aiworkflow.yaml': projectFile(server.url, '[{ usd: 2, per: month }, { usd: 9 }]'),
    'workflows/many.yaml': many,
  });
  try {
    const { child, done } = startCli(['run', 'many', '--param', list(5)], { cwd: project.dir });
    await expect.poll(() => server.bodies.length, { timeout: 20_000 }).toBe(2);
    child.kill('SIGKILL');
    await done;
    const { stdout } = await cli(project, 'cost', '--json');
    const { total, budgets } = JSON.parse(stdout);
    expect(total).toMatchObject({ calls: 2, inDoubtCalls: 1, unknownCalls: 0 });
    expect(total.inDoubtUsd).toBeGreaterThan(1);
    expect(total.knownUsd).toBeCloseTo(callUsd + total.inDoubtUsd, 9);
    expect(budgets).toHaveLength(1);
    expect(budgets[0].usd.used).toBeCloseTo(total.knownUsd, 9);
    const page = (await cli(project, 'cost')).stdout;
    expect(page).toMatch(/many +2 +10 +5 +\$1\.\d\d +\$1\.\d\d of it reserved for 1 call without an end/);
    const shown = (await cli(project, 'show', 'last')).stdout;
    const cost = /cost +\$(1\.\d\d); \$1\.\d\d of it reserved for 1 call without an end/.exec(shown)?.[1];
    expect(Number(cost)).toBeCloseTo(total.knownUsd, 2);
    expect((await cli(project, 'runs')).stdout).toContain(`$${cost}`);
    // The reservation of the dead call and another call do not fit into the month.
    const again = await cli(project, 'run', 'many', '--param', list(1));
    expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('BUDGET_EXCEEDED') });
    expect(server.bodies).toHaveLength(2);
  } finally {
    endLeftovers();
    project.remove();
    await server.close();
  }
});

test('a budget for the run is raised by what the error says to type', async () => {
  const server = await startProvider([eventReply([answer])]);
  const project = createProject({
    'aiworkflow.yaml': projectFile(server.url, '{ usd: 1.15 }'),
    'workflows/many.yaml': many,
  });
  try {
    const { code, stderr } = await cli(project, 'run', 'many', '--param', list(4));
    expect(code).toBe(3);
    const [, run = '', usd = ''] = /aiworkflow resume (\S+) --budget (\S+)/.exec(stderr) ?? [];
    const resumed = await cli(project, 'resume', run, '--budget', usd);
    expect(resumed.stderr).not.toContain('BUDGET_EXCEEDED');
    expect(resumed.code).toBe(0);
    expect(server.bodies).toHaveLength(4);
  } finally {
    project.remove();
    await server.close();
  }
});

describe('the page', () => {
  const row = (change: Partial<CostRow>): CostRow => ({
    runId: 'r',
    workflowId: 'w',
    step: 's',
    model: 'x:m',
    day: '2026-11-21',
    calls: 1,
    replayedCalls: 0,
    inputTokens: 1000,
    outputTokens: 100,
    knownUsd: 0.5,
    unknownCalls: 0,
    inDoubtCalls: 0,
    inDoubtUsd: 0,
    ...change,
  });
  const rows = [
    row({ step: 'load[2]!2/check~3' }),
    row({ step: 'load[0]/check', knownUsd: 0.25 }),
    row({ step: 'ask', model: 'x:new', day: '2026-11-20', calls: 2, knownUsd: 0, unknownCalls: 2 }),
    row({ step: 'ask', runId: 'q', calls: 3, knownUsd: 1, unknownCalls: 1 }),
  ];
  const page = (by: 'step' | 'model' | 'day') =>
    costLines(
      { by, groups: groupCosts(rows, by), total: totalCosts(rows), budgets: [], unreadable: [] },
      plainStyle,
    );

  test('steps are summed over items, rounds and attempts; what is unknown is said and never 0', () => {
    expect(page('step')).toEqual([
      'step          calls  tokens in  out            cost',
      'w/ask             5         2k  200  at least $1.00  3 calls of unknown cost',
      'w/load/check      2         2k  200         $0.7500',
      'total             7         4k  400  at least $1.75  3 calls of unknown cost',
    ]);
  });

  test.each([
    ['model', ['x:m', 'x:new']],
    ['day', ['2026-11-20', '2026-11-21']],
  ] as const)('by %s', (by, names) => {
    const lines = page(by).slice(1, -1);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(names);
    expect(lines.find((line) => /x:new|11-20/.test(line))).toContain('unknown cost  2 calls of unknown cost');
  });

  test('every figure of a row is in the sum of the rows', () => {
    const figures = Object.keys(noCosts).map((name, index) => [name, index + 1] as const);
    const counted = row(Object.fromEntries(figures));
    expect(totalCosts([counted, counted])).toEqual({
      name: '',
      ...Object.fromEntries(figures.map(([name, value]) => [name, value * 2])),
    });
  });

  test('budgets say what is left, and which files could not be read', () => {
    const lines = costLines(
      {
        by: 'day',
        groups: [],
        total: totalCosts([]),
        budgets: [
          {
            account: 'w 2026-11',
            usd: { limit: 5, used: 1.5, left: 3.5 },
            tokens: { limit: 9000, used: 0, left: 9000 },
          },
        ],
        unreadable: ['workflows/x.yaml'],
      },
      plainStyle,
    );
    expect(lines).toEqual([
      'No model calls.',
      '',
      'budget         limit  used or reserved       left',
      'w 2026-11         $5             $1.50      $3.50',
      'w 2026-11  9k tokens          0 tokens  9k tokens',
      'workflows/x.yaml cannot be loaded, its budgets are not shown: aiworkflow check workflows/x.yaml',
    ]);
  });
});

describe('--since', () => {
  const now = Date.UTC(2026, 10, 21, 12);
  test.each([
    ['12h', Date.UTC(2026, 10, 21)],
    ['7d', Date.UTC(2026, 10, 14, 12)],
    ['2w', Date.UTC(2026, 10, 7, 12)],
    ['2026-11-01', Date.UTC(2026, 10, 1)],
  ])('%s', (text, atMs) => {
    expect(readSince(text, now)).toBe(atMs);
  });

  test.each(['', 'yesterday', '7', '7m', '2026-02-30', '2026-11-1', '-3d'])('%j is no time', (text) => {
    expect(() => readSince(text, now)).toThrow('a day such as 2026-11-01');
  });
});
