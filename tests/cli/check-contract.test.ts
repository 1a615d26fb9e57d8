import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createProject, type Project } from './support/project.ts';
import { type CliResult, runCli } from './support/run-cli.ts';

const sumContract = { type: 'object', required: ['sum'], properties: { sum: { type: 'number' } } };
const prompt = `---
output:
  schema:
    type: object
    required: [city]
    properties: { city: { type: string } }
---
Where is {{ number }}?
`;
const workflow = `id: desk
tools: [desk]
params:
  numbers: { type: array, default: [1, 2] }
steps:
  - id: total
    prompt: 'Add {{ json params.numbers }}.'
    response: contracts/sum.json
  - id: plus
    call: desk.add
    arguments: { a: 1, b: 2 }
    response: contracts/count.yaml
  - id: place
    forEach: '{{ params.numbers }}'
    as: number
    concurrency: 1
    prompt: place.prompt
    needs: [total]
  - id: word
    prompt: Say a word.
    needs: [place]
    response:
      type: object
      properties: { word: { type: string } }
`;
const script = (sum: number) => [
  { json: { sum: 'many' } },
  { json: { sum } },
  { json: { city: 'Rome' } },
  { json: { city: 'Bonn' } },
  { json: { word: 'so' } },
];

let project: Project;
beforeAll(async () => {
  project = createProject({ 'workflows/desk.yaml': workflow });
  writeContracts();
  await project.record('three', 'desk', script(3));
  await project.record('four', 'desk', script(4));
  for (const name of ['three', 'four', 'three'])
    expect((await cli('run', 'desk', '--model', `recorded:${name}`)).code).toBe(0);
});
beforeEach(() => writeContracts());
afterAll(() => project.remove());

function writeContracts(): void {
  project.write('contracts/sum.json', JSON.stringify(sumContract));
  project.write('contracts/count.yaml', 'type: number\n');
  project.write('prompts/place.prompt', prompt);
  project.write('workflows/desk.yaml', workflow);
}

const cli = (...args: string[]): Promise<CliResult> => runCli(args, { cwd: project.dir });
const against = (file: string, ...args: string[]) => cli('check', '--contract', file, ...args);

interface Edit {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly args?: readonly string[];
  readonly code: number;
  readonly says: readonly string[];
}

const edits: readonly Edit[] = [
  {
    name: 'a file that nobody has changed',
    path: 'contracts/sum.json',
    text: JSON.stringify(sumContract),
    code: 0,
    says: ['✓ contracts/sum.json  each of the last 3 answers (total; 3 runs) would still pass'],
  },
  {
    name: 'a field more that is required',
    path: 'contracts/sum.json',
    text: JSON.stringify({ ...sumContract, required: ['sum', 'unit'] }),
    code: 1,
    says: [
      '✗ contracts/sum.json  0 of the last 3 answers',
      '3 would not',
      '    - (the whole): must have the property "unit"',
    ],
  },
  {
    name: 'a bound that some keep',
    path: 'contracts/sum.json',
    text: JSON.stringify({ ...sumContract, properties: { sum: { type: 'number', minimum: 4 } } }),
    code: 1,
    says: ['1 of the last 3 answers (total; 3 runs) would still pass, 2 would not', '/sum: must be >= 4'],
  },
  {
    name: 'of one answer, the newest',
    path: 'contracts/sum.json',
    text: JSON.stringify({ ...sumContract, properties: { sum: { type: 'number', maximum: 3 } } }),
    args: ['--against-last', '1'],
    code: 0,
    says: ['each of the last 1 answer (total; 1 run) would still pass'],
  },
  {
    name: 'the result of a tool',
    path: 'contracts/count.yaml',
    text: 'type: number\nminimum: 5\n',
    code: 1,
    says: ['✗ contracts/count.yaml  0 of the last 3 answers (plus; 3 runs)', 'must be >= 5'],
  },
  {
    name: 'the front matter of a prompt, for each item of a loop',
    path: 'prompts/place.prompt',
    text: prompt.replace('type: string', 'enum: [Rome]'),
    code: 1,
    says: ['3 of the last 6 answers (place; 3 runs) would still pass, 3 would not', ' place[1]'],
  },
  {
    name: 'a contract in the workflow itself',
    path: 'workflows/desk.yaml',
    text: workflow.replace('word: { type: string }', 'word: { type: string, minLength: 3 }'),
    code: 1,
    says: [
      '✗ workflows/desk.yaml  0 of the last 3 answers (word; 3 runs)',
      '/word: must have at least 3 characters; it has 2',
    ],
  },
  {
    name: 'another file for a step that is named',
    path: 'contracts/new.json',
    text: JSON.stringify({ type: 'object', required: ['word'] }),
    args: ['--workflow', 'desk', '--step', 'word'],
    code: 0,
    says: ['each of the last 3 answers (word; 3 runs) would still pass'],
  },
  {
    name: 'a file that no step has used',
    path: 'contracts/new.json',
    text: '{ "type": "object" }',
    code: 0,
    says: ['no accepted answer of a step with this contract is in the log'],
  },
];

test.each(edits)('$name', async ({ path, text, args = [], code, says }) => {
  project.write(path, text);
  const checked = await against(path, ...args);
  expect(checked.stderr).toBe('');
  for (const words of says) expect(checked.stdout).toContain(words);
  expect(checked.code).toBe(code);
});

interface Mistake {
  readonly name: string;
  readonly args: readonly string[];
  readonly says: readonly string[];
}

const mistakes: readonly Mistake[] = [
  {
    name: 'no such file',
    args: ['contracts/sun.json'],
    says: ['There is no file contracts/sun.json.', 'Did you mean contracts/sum.json?'],
  },
  {
    name: 'the contract of a table',
    args: ['contracts/table.yaml'],
    says: ['is the contract of a table (ODCS)'],
  },
  { name: 'no schema', args: ['contracts/bad.json'], says: ['contracts/bad.json:1:'] },
  {
    name: 'a step that is not there',
    args: ['contracts/sum.json', '--step', 'totl'],
    says: ['holds no accepted answer of step "totl"'],
  },
  {
    name: 'a workflow that is not there',
    args: ['contracts/sum.json', '--workflow', 'desc'],
    says: ['workflow "desc"'],
  },
  {
    name: 'no number',
    args: ['contracts/sum.json', '--against-last', 'all'],
    says: ['--against-last "all" is no number'],
  },
];

test.each(mistakes)('a mistake is told: $name', async ({ args, says }) => {
  project.write('contracts/table.yaml', 'apiVersion: v3.0.0\nkind: DataContract\nid: t\n');
  project.write('contracts/bad.json', '{ "type": "objct" }');
  const { code, stderr } = await cli('check', '--contract', ...args);
  expect(code).toBe(2);
  for (const words of says) expect(stderr).toContain(words);
});

test('replays repeat what was answered, and are not counted', async () => {
  expect((await cli('replay', 'last', '--quiet')).code).toBe(0);
  expect((await against('contracts/sum.json')).stdout).toContain('last 3 answers (total; 3 runs)');
});

test('answers whose texts were redacted are counted apart', async () => {
  const other = createProject({ 'workflows/desk.yaml': workflow });
  try {
    for (const path of ['contracts/sum.json', 'contracts/count.yaml', 'prompts/place.prompt'])
      other.write(
        path,
        {
          'contracts/sum.json': JSON.stringify(sumContract),
          'contracts/count.yaml': 'type: number\n',
          'prompts/place.prompt': prompt,
        }[path] ?? '',
      );
    await other.record('three', 'desk', script(3));
    const run = (...args: string[]) => runCli(args, { cwd: other.dir });
    await run('run', 'desk', '--model', 'recorded:three');
    expect(await run('redact', 'last', '--match', 'Rome', '--why', 'a test')).toMatchObject({
      code: 0,
    });
    const { stdout } = await run('check', '--contract', 'prompts/place.prompt', '--json');
    expect(JSON.parse(stdout)).toEqual({
      contract: 'prompts/place.prompt',
      answers: 1,
      passed: 1,
      failed: [],
      redacted: 1,
      runs: 1,
      steps: ['place'],
    });
  } finally {
    other.remove();
  }
});

test('without a log there is nothing to hold against it, and none is made', async () => {
  const other = createProject({ 'contracts/sum.json': JSON.stringify(sumContract) });
  try {
    const { code, stdout } = await runCli(['check', '--contract', 'contracts/sum.json'], { cwd: other.dir });
    expect(stdout).toContain('nothing to hold against it');
    expect(code).toBe(0);
    expect(existsSync(join(other.dir, '.aiworkflow'))).toBe(false);
  } finally {
    other.remove();
  }
});

test('an option of --contract alone is refused', async () => {
  const { code, stderr } = await cli('check', '--step', 'total');
  expect(code).toBe(2);
  expect(stderr).toContain('--step is for --contract');
});
