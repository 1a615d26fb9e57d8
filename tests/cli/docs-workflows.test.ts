import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { createProject, type Project } from './support/project.ts';
import { runCli } from './support/run-cli.ts';

// The workflows that the pages show, held against the real servers: an example that cannot run teaches what is wrong.
const titled = (path: string): Record<string, string> =>
  Object.fromEntries(
    [...readFileSync(path, 'utf8').matchAll(/```\w+ title=(\S+)\n([\s\S]*?)```/g)].map(
      ([, name = '', text = '']) => [name, text],
    ),
  );

function projectOf(files: Readonly<Record<string, string>>): Project {
  const project = createProject(files);
  onTestFinished(() => project.remove());
  return project;
}

test('the calls of docs/workflow-files.md are those that the lake takes', async () => {
  const files: Readonly<Record<string, string>> = {
    ...titled('docs/workflow-files.md'),
    'data/readme.txt': '',
  };
  const check = async (text: Readonly<Record<string, string>>) => {
    const { dir } = projectOf({ ...text, 'aiworkflow.yaml': '{}\n' });
    return runCli(['check', 'load-feeds'], { cwd: dir });
  };
  const { code, stdout, stderr } = await check(files);
  expect(stdout + stderr).not.toMatch(/^ *error/im);
  expect(code).toBe(0);
  const name = 'workflows/load-feeds.yaml';
  const wrong = await check({
    ...files,
    [name]: (files[name] ?? '').replace('path: "{{ feed', 'file: "{{ feed'),
  });
  expect(wrong.stdout).toMatch(/error workflows\/load-feeds\.yaml:.*\bfile\b/);
  expect(wrong.code).toBe(2);
}, 120_000);

test('docs/contracts.md: from a contract to a loaded table with calls alone', async () => {
  const page = readFileSync('docs/contracts.md', 'utf8');
  const contract = /```yaml\n(apiVersion: v3\.1\.0\nkind: DataContract\nid: acme\n[\s\S]*?)```/.exec(
    page,
  )?.[1];
  const { dir } = projectOf({
    ...titled('docs/contracts.md'),
    'contracts/feeds/acme.odcs.yaml': contract ?? '',
    'data/acme_1.csv': 'Artikel-Nr.;Preis\nA-1;1,00\nA-2;N/A\nnothing;3,00\n',
    'aiworkflow.yaml': `tools:
  lake: { server: lake, args: [--root, data] }
  catalog: { server: catalog, args: [--contracts, contracts, --feeds, contracts/feeds] }
`,
  });
  const { code, stdout, stderr } = await runCli(['run', 'load-acme', '--json'], { cwd: dir });
  expect(stderr).not.toContain('Error');
  expect(code).toBe(0);
  expect(stdout).toContain('"rows_loaded":2');
  expect(stdout).toContain('"rows_rejected":1');
}, 120_000);

test('docs/drift.md hands a feed on as the example does', () => {
  const shown =
    /```yaml\n(- id: fit[\s\S]*?)```/.exec(readFileSync('docs/drift.md', 'utf8'))?.[1] ?? 'nothing';
  const indented = shown.replace(/^(?=.)/gm, '  ');
  expect(readFileSync('workflows/load-file.yaml', 'utf8')).toContain(indented);
});
