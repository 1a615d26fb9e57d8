import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ListedTool } from '../../src/definitions/check/check-tools.ts';
import { checkWorkflow } from '../../src/definitions/check/check-workflow.ts';
import type { Finding } from '../../src/definitions/check/report.ts';
import { loadProject } from '../../src/definitions/load-project.ts';
import { loadWorkflow } from '../../src/definitions/load-workflow.ts';
import { formatLocation } from '../../src/domain/source-location.ts';
import { ToolError } from '../../src/errors/index.ts';
import type { PriceBook } from '../../src/ports/price-book.ts';
import { type FileContent, schemas, templates, writeProject } from './project-fixture.ts';

interface Case {
  name: string;
  files: Record<string, FileContent>;
  errors: string[];
  warnings: string[];
}

const cases: Case[] = parse(readFileSync(new URL('cases/check.yaml', import.meta.url), 'utf8'));
const offered: Record<string, (string | ListedTool)[]> = {
  desk: [
    {
      name: 'desk.add',
      inputSchema: {
        type: 'object',
        required: ['a', 'b'],
        additionalProperties: false,
        properties: {
          a: { $ref: '#/$defs/number' },
          b: { type: 'number' },
          notes: { type: 'array', items: { type: 'string' } },
        },
        $defs: { number: { type: 'number' } },
      },
    },
    { name: 'desk.open', inputSchema: { type: 'object', properties: { to: { type: 'string' } } } },
  ],
  lake: ['lake.ingest', 'lake.inspect_file'],
  files: ['files.read', 'files.list'],
};

async function check(
  files: Record<string, FileContent>,
  more: { prices?: PriceBook; history?: (number | null)[] } = {},
) {
  const project = await loadProject({ dir: writeProject(files) });
  const workflow = await loadWorkflow({ project, ref: 'w', schemas, templates, deferFieldCheck: true });
  return checkWorkflow({
    workflow,
    project,
    schemas,
    templates,
    models: (model) =>
      model.startsWith('known:')
        ? undefined
        : { message: `No provider "${model.split(':')[0]}".`, hint: 'Did you mean "known"?' },
    tools: async (server) => {
      const names = offered[server];
      if (!names)
        throw new ToolError({
          code: 'TOOL_SERVER_UNREACHABLE',
          message: `Server "${server}" does not answer.`,
        });
      return names;
    },
    atMs: 0,
    ...more,
  });
}

const line = ({ location, message, hint }: Finding) =>
  `${location ? `${formatLocation(location)} ` : ''}${message} | ${hint ?? ''}`;

test.each(cases)('$name', async ({ files, errors, warnings }) => {
  const report = await check(files);
  expect(report.errors.map(line)).toEqual(errors);
  expect(report.warnings.map(line)).toEqual(warnings);
});

test('servers that no step names are not started', async () => {
  const asked: string[] = [];
  const project = await loadProject({
    dir: writeProject({
      'aiworkflow.yaml': 'tools:\n  lake: { server: lake }\n  files: { command: node }\n',
      'workflows/w.yaml': 'id: w\nsteps:\n  - { id: a, call: lake.ingest }\n',
    }),
  });
  const workflow = await loadWorkflow({ project, ref: 'w', schemas, templates });
  await checkWorkflow({
    workflow,
    project,
    schemas,
    templates,
    tools: async (server) => {
      asked.push(server);
      return ['lake.ingest'];
    },
  });
  expect(asked).toEqual(['lake']);
});

// One dollar for a million tokens in, ten for a million out.
const prices: PriceBook = {
  cost: (model, usage) =>
    model === 'known:free' ? null : usage.inputTokens / 1_000_000 + usage.outputTokens / 100_000,
};
const limited = (steps: string, top = '') => ({
  'workflows/w.yaml': `id: w\nmodel: known:m\nlimits: { tokens: 100000 }\n${top}steps:\n${steps}`,
});
const prompt = 'x'.repeat(400);

test('a run costs at least one short turn of each step, and at most what its limits allow', async () => {
  const { cost } = await check(
    limited(
      `  - { id: a, prompt: ${prompt} }\n  - { id: b, prompt: "{{ a.text }}", maxRounds: 3, until: b.text, limits: { tokens: 1000 } }\n`,
    ),
    { prices },
  );
  expect(cost.lowUsd).toBeCloseTo(100 / 1e6 + 50 / 1e5 + 3 / 1e6 + 50 / 1e5, 9);
  expect(cost.highUsd).toBeCloseTo(1 + 3 * 0.01, 9);
  expect(cost.steps.map(({ step, perItem }) => [step, perItem])).toEqual([
    ['a', false],
    ['b', false],
  ]);
});

test('a step that may be skipped costs nothing at least', async () => {
  const { cost } = await check(limited(`  - { id: a, prompt: hi, when: params }\n`), { prices });
  expect(cost).toMatchObject({ lowUsd: 0, highUsd: 1 });
});

test('the number of items bounds nothing, a budget does', async () => {
  const steps = `  - { id: a, prompt: hi, forEach: params }\n`;
  expect((await check(limited(steps), { prices })).cost).toMatchObject({
    highUsd: null,
    steps: [{ highUsd: 1, perItem: true }],
  });
  expect((await check(limited(steps, 'budget: { usd: 0.25 }\n'), { prices })).cost.highUsd).toBe(0.25);
});

test('an unknown price is unknown, never free', async () => {
  const { cost } = await check(limited(`  - { id: a, prompt: hi, model: known:free }\n`), { prices });
  expect(cost).toMatchObject({ lowUsd: null, highUsd: null });
});

test('steps of inner workflows cost too', async () => {
  const { cost } = await check(
    {
      ...limited(`  - { id: a, workflow: inner, retry: { attempts: 2 } }\n`),
      'workflows/inner.yaml': 'id: inner\nsteps:\n  - { id: b, prompt: hi }\n',
    },
    { prices },
  );
  expect(cost.steps).toMatchObject([{ step: 'a/b', model: 'known:m', highUsd: 2 }]);
});

test.each([
  [[3, 1, 2], { count: 3, minUsd: 1, medianUsd: 2, maxUsd: 3 }],
  [[4, null, 1], { count: 2, minUsd: 1, medianUsd: 2.5, maxUsd: 4 }],
  [[null], undefined],
])('former runs %j', async (history, expected) => {
  const { cost } = await check(limited(`  - { id: a, prompt: hi }\n`), { prices, history });
  expect(cost.formerRuns).toEqual(expected);
});
