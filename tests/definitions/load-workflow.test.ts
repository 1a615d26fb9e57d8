import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { listWorkflows } from '../../src/definitions/find-workflow.ts';
import { loadProject } from '../../src/definitions/load-project.ts';
import { loadWorkflow } from '../../src/definitions/load-workflow.ts';
import { load, schemas, templates, writeProject } from './project-fixture.ts';

const files = {
  'aiworkflow.yaml': `
model: scripted:default
limits: { turns: 9, tokens: 1000 }
tools:
  files: { command: node, args: [server.js] }
  lake: { server: lake }
`,
  'workflows/load-products.yaml': `# yaml-language-server: $schema=../docs/workflow.schema.json
id: load-products
description: Load what the vendors sent.
params:
  folder: { type: string, default: data }
limits: { turns: 5 }
budget: { usd: 2 }
tools:
  extra: { url: "https://tools.example/mcp" }
steps:
  - id: scan
    prompt: scan.prompt
    tools: [files.*]
    response:
      files(array):
        name: string
  - id: load
    call: lake.ingest
    arguments: { file: "{{ file.name }}", folder: "{{ params.folder }}" }
    forEach: scan.response.files
    as: file
    retry: { attempts: 2 }
  - id: check
    workflow: check-table
    params: { rows: "{{ length load.items }}" }
  - id: report
    needs: [check]
    prompt: |
      {{role "system"}}
      Be brief.
      {{role "user"}}
      Round {{ round }}: {{#if previous}}{{ previous.text }}{{/if}}
      {{#each scan.response.files as |f|}}{{ f.name }}{{/each}}
    until: eq report.text "done"
result: "{{ report.text }}"
`,
  'workflows/check-table.yaml':
    'id: check-table\nparams:\n  rows: { type: integer }\nsteps:\n  - id: look\n    prompt: "{{ params.rows }} rows?"\n',
  'prompts/scan.prompt': `---
model: scripted:scan
config: { temperature: 0, stopSequences: [END] }
input: { default: { tone: dry } }
output: { schema: { ignored: string } }
tools: [lake.*]
---
Look into {{ params.folder }}, {{ tone }}.
`,
};

test('a workflow is loaded with everything it names', async () => {
  const workflow = await load(files, 'load-products');
  expect(JSON.parse(JSON.stringify(workflow))).toEqual(workflow);
  expect({ ...workflow, steps: workflow.steps.map((step) => step.id) }).toEqual({
    id: 'load-products',
    file: 'workflows/load-products.yaml',
    description: 'Load what the vendors sent.',
    params: { folder: { type: 'string', default: 'data' } },
    model: 'scripted:default',
    servers: {
      files: { command: 'node', args: ['server.js'] },
      lake: { server: 'lake' },
      extra: { url: 'https://tools.example/mcp' },
    },
    budget: [{ usd: 2, location: { file: 'workflows/load-products.yaml', line: 7, column: 9 } }],
    limits: { turns: 5, tokens: 1000 },
    steps: ['scan', 'load', 'check', 'report'],
    result: {
      text: '{{ report.text }}',
      origin: { file: 'workflows/load-products.yaml', line: 35, column: 10 },
    },
  });
});

test('a prompt step has its file, and its own keys win over the front matter', async () => {
  const [scan] = (await load(files, 'load-products')).steps;
  expect(scan).toMatchObject({
    kind: 'prompt',
    needs: [],
    model: 'scripted:scan',
    tools: ['files.*'],
    settings: { temperature: 0, stop: ['END'] },
    concurrency: 4,
    maxRounds: 1,
    prompt: {
      defaults: { tone: 'dry' },
      messages: [
        {
          role: 'user',
          template: {
            text: 'Look into {{ params.folder }}, {{ tone }}.',
            origin: { file: 'prompts/scan.prompt', line: 8, column: 1 },
          },
        },
      ],
    },
    response: { name: 'scan', source: 'workflows/load-products.yaml:15:7', schema: { required: ['files'] } },
  });
});

test('references are the graph', async () => {
  const steps = (await load(files, 'load-products')).steps;
  expect(steps.map(({ id, needs }) => [id, needs])).toEqual([
    ['scan', []],
    ['load', ['scan']],
    ['check', ['load']],
    ['report', ['check', 'scan']],
  ]);
  expect(steps[1]).toMatchObject({
    as: 'file',
    forEach: { text: 'scan.response.files' },
    retry: { attempts: 2, delayMs: 1000 },
    argumentsOrigin: { line: 19, column: 16 },
  });
  expect(steps[3]).toMatchObject({ maxRounds: 5, until: { text: 'eq report.text "done"' } });
});

test('an inner workflow has no defaults of the project: it takes those of the outer one', async () => {
  const check = (await load(files, 'load-products')).steps[2];
  expect(check).toMatchObject({ kind: 'workflow', params: { rows: '{{ length load.items }}' } });
  expect(check?.kind === 'workflow' && check.workflow).not.toHaveProperty('model');
  expect(check?.kind === 'workflow' && check.workflow).not.toHaveProperty('limits');
});

test('roles become messages that know their places', async () => {
  const report = (await load(files, 'load-products')).steps[3];
  expect(report?.kind === 'prompt' && report.prompt.messages).toMatchObject([
    { role: 'system', template: { text: 'Be brief.', origin: { line: 30, column: 7 }, indent: 6 } },
    { role: 'user', template: { origin: { line: 32, column: 7 } } },
  ]);
});

test('workflows are listed, also those that cannot be read', async () => {
  const dir = writeProject({ ...files, 'workflows/broken.yaml': 'id: "x\n', 'workflows/notes.txt': 'no' });
  expect(await listWorkflows({ dir })).toEqual([
    { file: 'workflows/broken.yaml', problem: expect.stringContaining('Missing closing "quote') },
    { file: 'workflows/check-table.yaml', id: 'check-table' },
    {
      file: 'workflows/load-products.yaml',
      id: 'load-products',
      description: 'Load what the vendors sent.',
    },
  ]);
});

test('a byte order mark and Windows line ends change nothing but the bytes', async () => {
  const plain = await load(files, 'load-products');
  const windows = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, `\uFEFF${text.replaceAll('\n', '\r\n')}`]),
  );
  expect(await load(windows, 'load-products')).toEqual(plain);
});

test('a project without aiworkflow.yaml, or with an empty one, has the defaults', async () => {
  expect((await loadProject({ dir: writeProject({}) })).config).toEqual({});
  expect((await loadProject({ dir: writeProject({ 'aiworkflow.yaml': '# nothing yet\n' }) })).config).toEqual(
    {},
  );
});

test('a response contract may stand in a file, as JSON or as Picoschema in YAML', async () => {
  const step = (response: string) => `id: w\nsteps:\n  - { id: a, prompt: hi, response: ${response} }\n`;
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  };
  const json = await load({
    'workflows/w.yaml': step('contracts/n.json'),
    'contracts/n.json': JSON.stringify(schema),
  });
  const yaml = await load({
    'workflows/w.yaml': step('contracts/n.yaml'),
    'contracts/n.yaml': 'n: integer\n',
  });
  expect(json.steps[0]).toMatchObject({ response: { name: 'a', schema, source: 'contracts/n.json' } });
  expect(yaml.steps[0]).toMatchObject({ response: { name: 'a', schema, source: 'contracts/n.yaml' } });
  // Tabs indent JSON, and cannot indent YAML.
  const tabs = await load({
    'workflows/w.yaml': step('contracts/n.json'),
    'contracts/n.json': JSON.stringify(schema, null, '\t'),
  });
  expect(tabs).toEqual(json);
});

// What is written comes out again: any definition, however its YAML is spelled, loads as itself.
const words = fc
  .stringMatching(/^[A-Za-z0-9 :#'",\n|>-]{1,40}$/)
  .filter((text) => text.trim() !== '' && text.trim() === text);
const definition = fc.record({
  id: fc.constant('w'),
  description: words,
  params: fc.constant({ list: { type: 'array' } }),
  limits: fc.record({ turns: fc.integer({ min: 1, max: 99 }) }),
  steps: fc.uniqueArray(
    fc.record({
      id: fc.stringMatching(/^s[a-z0-9_]{0,8}$/),
      prompt: words.filter((text) => !text.endsWith('.prompt')),
      forEach: fc.constant('params.list'),
      concurrency: fc.integer({ min: 1, max: 256 }),
    }),
    { minLength: 1, maxLength: 5, selector: (step) => step.id },
  ),
});

test('any definition loads as itself', async () => {
  await fc.assert(
    fc.asyncProperty(
      definition,
      fc.constantFrom('BLOCK_LITERAL', 'BLOCK_FOLDED', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'PLAIN'),
      async (written, defaultStringType) => {
        const text = stringify(written, { defaultStringType, defaultKeyType: 'PLAIN' });
        const dir = writeProject({ 'workflows/w.yaml': text });
        const workflow = await loadWorkflow({ project: { dir, config: {} }, ref: 'w', schemas, templates });
        expect({
          id: workflow.id,
          description: workflow.description,
          params: workflow.params,
          limits: workflow.limits,
          steps: workflow.steps.map((step) => ({
            id: step.id,
            prompt: step.kind === 'prompt' && step.prompt.messages[0]?.template.text,
            forEach: step.forEach?.text,
            concurrency: step.concurrency,
          })),
        }).toEqual(written);
      },
    ),
    { numRuns: 60 },
  );
});

// Whatever way YAML has of writing a text: the place of an error is where the name stands in the file.
test.each(['BLOCK_LITERAL', 'BLOCK_FOLDED', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'PLAIN'] as const)(
  'the place of a name in a %s string',
  async (defaultStringType) => {
    const word = fc.stringMatching(/^[a-z"'\\é.:]{1,9}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (before, multiLine) => {
          const prompt = `${before.join(' ')}${multiLine ? '\n\n' : ' '}{{ missing }} and more`;
          const text = stringify(
            { id: 'w', steps: [{ id: 'a', prompt }] },
            { defaultStringType, defaultKeyType: 'PLAIN', lineWidth: 40 },
          );
          const dir = writeProject({ 'workflows/w.yaml': text });
          const failure = await loadWorkflow({
            project: { dir, config: {} },
            ref: 'w',
            schemas,
            templates,
          }).catch((error) => error);
          const rows = text.split('\n');
          expect(rows[failure.location.line - 1]?.slice(failure.location.column - 1)).toMatch(/^missing/);
        },
      ),
      { numRuns: 40 },
    );
  },
);

// The places of templates: a marker anywhere in a literal block, quoted or plain, is found where the origin says.
test('origins lead to the character in the file', async () => {
  const line = fc.stringMatching(/^[a-z ]{0,12}$/).map((text) => text.trimEnd());
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 4 }),
      line,
      fc.integer({ min: 1, max: 5 }),
      async (before, lead, indent) => {
        const pad = ' '.repeat(4 + indent);
        const body = ['start', ...before, `${lead.trimStart()}{{ missing }}`]
          .map((row) => (row === '' ? '' : pad + row))
          .join('\n');
        const text = `id: w\nsteps:\n  - id: a\n    prompt: |\n${body}\n`;
        const dir = writeProject({ 'workflows/w.yaml': text });
        const failure = await loadWorkflow({
          project: { dir, config: {} },
          ref: 'w',
          schemas,
          templates,
        }).catch((error) => error);
        const rows = text.split('\n');
        expect(rows[failure.location.line - 1]?.slice(failure.location.column - 1)).toMatch(/^missing \}\}/);
      },
    ),
    { numRuns: 60 },
  );
});
