import { describe, expect, test } from 'vitest';
import { checkWorkflow } from '../../src/definitions/check/check-workflow.ts';
import { loadProject } from '../../src/definitions/load-project.ts';
import { loadWorkflow } from '../../src/definitions/load-workflow.ts';
import type { Usage } from '../../src/domain/usage.ts';
import type { PriceBook } from '../../src/ports/price-book.ts';
import { load, schemas, templates, writeProject } from './project-fixture.ts';

const file = 'workflows/w.yaml';
const workflow = (top: string, step = '') =>
  `id: w\nmodel: x:m\n${top}steps:\n  - id: a\n    prompt: hi\n${step}`;

describe('a budget keeps where it is written', () => {
  test('one or several, on workflow and step', async () => {
    const loaded = await load(
      {
        [file]: workflow(
          'budget:\n  - { usd: 2 }\n  - { tokens: 5, per: day }\n',
          '    budget: { usd: 1, allowUnknownPrice: true }\n',
        ),
      },
      'w',
    );
    expect(loaded.budget).toEqual([
      { usd: 2, location: { file, line: 4, column: 5 } },
      { tokens: 5, per: 'day', location: { file, line: 5, column: 5 } },
    ]);
    expect(loaded.steps[0]?.budget).toEqual([
      { usd: 1, allowUnknownPrice: true, location: { file, line: 9, column: 13 } },
    ]);
  });

  test('the project’s is its own, and not the workflow’s', async () => {
    const dir = writeProject({ 'aiworkflow.yaml': 'budget: { usd: 9, per: month }\n', [file]: workflow('') });
    const project = await loadProject({ dir });
    expect(project.config.budget).toEqual([
      { usd: 9, per: 'month', location: { file: 'aiworkflow.yaml', line: 1, column: 9 } },
    ]);
    expect(await loadWorkflow({ project, ref: 'w', schemas, templates })).not.toHaveProperty('budget');
  });
});

test.each([
  [
    'a list with a wrong one',
    'budget:\n  - { usd: 2 }\n  - { usd: no }\n',
    '',
    `${file}:5:12 "usd" must be a number`,
  ],
  ['an unknown key in a list', 'budget:\n  - { usd: 2, par: day }\n', '', `${file}:4:15 Unknown key "par".`],
  [
    'a period that there is not',
    'budget: { usd: 2, per: week }\n',
    '',
    `${file}:3:24 "per" must be one of run, day, month`,
  ],
  [
    'no limit',
    'budget: { per: day }\n',
    '',
    `${file}:3:9 "budget" is not valid: it limits neither usd nor tokens`,
  ],
  ['an empty list', 'budget: []\n', '', `${file}:3:9 "budget" must be a list of at least 1`],
  ['another kind', 'budget: 5\n', '', `${file}:3:9 "budget" cannot be 5.`],
  [
    'a word that nobody heeds',
    'budget: { tokens: 5, allowUnknownPrice: true }\n',
    '',
    `${file}:3:9 "budget" is not valid: allowUnknownPrice says nothing without usd`,
  ],
  [
    'a step that costs nothing',
    'tools: { t: { command: node } }\n',
    '  - id: b\n    call: t.x\n    budget: { usd: 1 }\n',
    `${file}:9:5 A \`call:\` step asks no model and costs nothing: it has no budget.`,
  ],
])('%s is refused where it stands', async (_, top, step, message) => {
  await expect(load({ [file]: workflow(top, step) }, 'w')).rejects.toMatchObject({
    code: 'DEFINITION_INVALID',
    message: expect.stringContaining(message),
  });
});

describe('the check', () => {
  // One dollar for a million tokens in, ten for a million out: 32,000 tokens out are 32 cents.
  const prices: PriceBook = {
    cost: (model: string, usage: Usage) =>
      model === 'x:unknown' ? null : usage.inputTokens / 1_000_000 + usage.outputTokens / 100_000,
  };
  const warnings = async (files: Record<string, string>) => {
    const project = await loadProject({ dir: writeProject(files) });
    const loaded = await loadWorkflow({ project, ref: 'w', schemas, templates });
    const report = await checkWorkflow({ workflow: loaded, project, schemas, templates, prices, atMs: 0 });
    const found = report.warnings.filter(
      ({ code }) => code === 'BUDGET_EXCEEDED' || code === 'PRICE_UNKNOWN',
    );
    return { found, cost: report.cost };
  };

  test.each([
    ['of the workflow', { [file]: workflow('budget: { usd: 0.3 }\n') }, 'in workflows/w.yaml:3:9 is $0.3'],
    [
      'of the project, for a day',
      { 'aiworkflow.yaml': 'budget: { usd: 0.2, per: day }\n', [file]: workflow('') },
      'in aiworkflow.yaml:1:9 is $0.2',
    ],
    ['of the step', { [file]: workflow('', '    budget: { tokens: 999 }\n') }, 'is 999 tokens'],
    [
      'around an inner workflow',
      {
        [file]: 'id: w\nmodel: x:m\nsteps:\n  - { id: b, workflow: in, budget: { usd: 0.1 } }\n',
        'workflows/in.yaml': 'id: in\nsteps:\n  - { id: a, prompt: hi }\n',
      },
      'in workflows/w.yaml:4:36 is $0.1',
    ],
  ])('warns when one call does not fit the budget %s', async (_, files, words) => {
    const { found } = await warnings(files);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toMatch(/^One call of step "a" \(x:m\) may take (\$0\.3200|32,001 tokens)/);
    expect(found[0]?.message).toContain(words);
    expect(found[0]?.hint).toContain('32,000 tokens are assumed');
  });

  test('says nothing when it fits', async () => {
    const fits = { [file]: workflow('budget: { usd: 0.3 }\n', '    settings: { maxOutputTokens: 1000 }\n') };
    expect((await warnings(fits)).found).toEqual([]);
  });

  test.each([
    ['{ usd: 5 }', 1],
    ['{ usd: 5, allowUnknownPrice: true }', 0],
    ['{ tokens: 99999 }', 0],
  ])('of an unknown price with the budget %s: %s warning', async (budget, count) => {
    const { found } = await warnings({ [file]: workflow(`budget: ${budget}\n`, '    model: x:unknown\n') });
    expect(found.map(({ code }) => code)).toEqual(Array(count).fill('PRICE_UNKNOWN'));
  });

  test('quotes at most the least of the budgets', async () => {
    const files = {
      'aiworkflow.yaml': 'budget: { usd: 0.9, per: day }\n',
      [file]: workflow('budget: [{ usd: 3 }, { usd: 2 }]\n'),
    };
    expect((await warnings(files)).cost.highUsd).toBe(0.9);
  });
});
