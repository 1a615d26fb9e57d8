import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateDocs } from '../../scripts/generate-docs.ts';
import { checkWorkflow } from '../../src/definitions/check/check-workflow.ts';
import { listWorkflows } from '../../src/definitions/find-workflow.ts';
import { loadProject } from '../../src/definitions/load-project.ts';
import { loadWorkflow } from '../../src/definitions/load-workflow.ts';
import { errorCatalogue } from '../../src/errors/index.ts';
import { schemas, templates, writeProject } from './project-fixture.ts';

test.each([...generateDocs('.')])('%s is what `node scripts/generate-docs.ts` writes', (path, content) => {
  expect(readFileSync(path, 'utf8')).toBe(content);
});

test('the error page knows every code', () => {
  const page = readFileSync('docs/errors.md', 'utf8');
  expect(Object.keys(errorCatalogue).filter((code) => !page.includes(`| \`${code}\` |`))).toEqual([]);
});

test('every key of the reference says what it is for', () => {
  const rows = ['docs/workflow-files.md', 'docs/prompt-files.md']
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    .filter((row) => /^\| \*{0,2}`/.test(row) && row.endsWith('|  |'));
  expect(rows).toEqual([]);
});

test.each(['docs/workflow-files.md', 'docs/prompt-files.md', 'docs/budgets.md'])(
  'the files in %s load and check',
  async (path) => {
    const page = readFileSync(path, 'utf8');
    const blocks = [...page.matchAll(/```\w+ title=(\S+)\n([\s\S]*?)```/g)];
    const dir = writeProject(Object.fromEntries(blocks.map(([, name = '', text = '']) => [name, text])));
    const project = await loadProject({ dir });
    const listed = await listWorkflows({ dir });
    expect(listed.length).toBeGreaterThan(0);
    for (const { id = '' } of listed) {
      const workflow = await loadWorkflow({ project, ref: id, schemas, templates });
      const { errors, warnings } = await checkWorkflow({ workflow, project, schemas, templates });
      expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    }
  },
);

test("the project's own workflows load and check", async () => {
  const project = await loadProject({ dir: '.' });
  for (const { file } of await listWorkflows({ dir: '.' })) {
    const workflow = await loadWorkflow({ project, ref: file, schemas, templates });
    expect((await checkWorkflow({ workflow, project, schemas, templates })).errors).toEqual([]);
  }
});

test("the editors' schema accepts what loads and refuses what does not", () => {
  const workflow = JSON.parse(readFileSync('docs/workflow.schema.json', 'utf8'));
  const accepts = (value: unknown) => schemas.compile(workflow).validate(value).length === 0;
  expect(accepts({ id: 'w', steps: [{ id: 'a', prompt: 'hi' }], params: { x: {} } })).toBe(true);
  expect(accepts({ id: 'w', steps: [{ id: 'a', prompt: 'hi', tols: [] }] })).toBe(false);
  expect(accepts({ id: 'w', steps: [] })).toBe(false);
});
