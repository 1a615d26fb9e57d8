import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuditLog } from '../../src/audit/sqlite/index.ts';
import { loadWorkflow } from '../../src/definitions/index.ts';
import { runLoadedWorkflow } from '../../src/runtime/run-workflow-file.ts';
import { createRuntime } from '../../src/runtime.ts';
import { openChangeBook } from '../../src/servers/catalog/changes/change-book.ts';
import { proposeChange } from '../../src/servers/catalog/changes/propose-change.ts';
import { registerFeed } from '../../src/servers/catalog/feeds/register-feed.ts';
import { createFilesBackend } from '../../src/servers/catalog/files/files-backend.ts';
import { type Script, scriptedModel } from '../../src/testing/index.ts';
import { acmeContract, acmeMapping } from '../servers/catalog/support/acme-feed.ts';
import { runCli } from './support/run-cli.ts';

let folder: string;
let changeId: string;
const productFile = () => join(folder, 'law/product.odcs.yaml');
const cli = (...args: string[]) => runCli(['catalog', ...args], { cwd: folder });
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-catalog-'));
  cpSync('contracts', join(folder, 'law'), { recursive: true });
  writeFileSync(
    join(folder, 'aiworkflow.yaml'),
    'tools:\n  law:\n    server: catalog\n    args: [--contracts, law, --feeds, feeds, --database, changes.sqlite]\n',
  );
  writeFileSync(
    productFile(),
    readFileSync(productFile(), 'utf8').replace(/^version: .*$/m, 'version: 1.0.0'),
  );
  const backend = createFilesBackend({ contracts: join(folder, 'law'), feeds: join(folder, 'feeds') });
  const book = openChangeBook(join(folder, 'changes.sqlite'));
  const origin = { run: 'run-1', call: 'run-1/heal/t2.1' };
  await registerFeed(
    { backend, book, nowMs: 1 },
    { contract: acmeContract(), mapping: acmeMapping(), origin },
  );
  const change = await proposeChange(
    { catalog: await backend.read(), book, nowMs: Date.UTC(2026, 4, 1) },
    {
      kind: 'contract',
      id: 'product',
      document: undefined,
      patch: [
        { op: 'remove', path: '/schema/product/properties/color' },
        { op: 'replace', path: '/version', value: '2.0.0' },
      ],
      reason: 'no vendor\u001b[2J sends\ncolours',
      origin,
    },
  );
  book.close();
  changeId = change?.id ?? '';
});
afterEach(() => rmSync(folder, { recursive: true }));

test('changes lists, show tells all, accept writes and says who', async () => {
  const listed = await cli('changes');
  expect(listed.stdout).toContain(`${changeId}  proposed  contract product  1.0.0 -> 2.0.0  breaking`);
  expect(listed.stdout).not.toContain('\u001b');
  const shown = await cli('show', changeId);
  expect(shown.stdout).toContain('2026-05-01 00:00 by call run-1/heal/t2.1: no vendor\\x1b[2J sends colours');
  expect(shown.stdout).toMatch(/^- breaking: product_core\.product\.color: the column is gone$/m);
  expect(shown.stdout).toMatch(/^- +- name: color$/m);
  expect(shown.stderr).toContain(`aiworkflow catalog accept ${changeId}`);
  const accepted = await cli('accept', changeId.slice(0, 8), '--by', 'ada');
  expect(accepted).toMatchObject({ code: 0, stderr: '' });
  expect(accepted.stdout).toBe(`${changeId}: contract product is version 2.0.0 now (accepted by ada).\n`);
  expect(readFileSync(productFile(), 'utf8')).toMatch(/^version: 2\.0\.0$/m);
  expect((await cli('show', changeId)).stdout).toContain('by ada');
});

test('two people who accept at once make one decision', async () => {
  const both = await Promise.all(['ada', 'bob'].map((by) => cli('accept', changeId, '--by', by)));
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  const loser = both.find(({ code }) => code === 1);
  expect(loser?.stderr).toMatch(/(ada|bob) accepted it already.*\[CHANGE_REFUSED\]/);
});

test('a change whose document is another one by now is shown as such and cannot be accepted', async () => {
  const edited = readFileSync(productFile(), 'utf8').replace('version: 1.0.0', 'version: 1.0.9');
  writeFileSync(productFile(), edited);
  expect((await cli('show', changeId)).stdout).toContain('cannot be accepted');
  const refused = await cli('accept', changeId);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/Nothing was written\. \[CHANGE_REFUSED\]\nTry: let it be asked for anew/);
  expect(readFileSync(productFile(), 'utf8')).toBe(edited);
});

test('reject needs a reason and keeps it', async () => {
  expect(await cli('reject', changeId)).toMatchObject({ code: 2 });
  expect(await cli('reject', changeId, '--because', ' ')).toMatchObject({ code: 2 });
  const rejected = await cli('reject', changeId, '--because', 'they do', '--by', 'ada', '--json');
  expect(JSON.parse(rejected.stdout)).toMatchObject({
    id: changeId,
    state: 'rejected',
    decision: { by: 'ada', because: 'they do' },
  });
  expect((await cli('changes', '--state', 'proposed')).stdout).toBe('');
  expect(JSON.parse((await cli('changes', '--json')).stdout)).toMatchObject([
    { id: changeId, state: 'rejected' },
  ]);
});

/** A run of a workflow with one prompt that may propose changes, as `run` makes it. */
async function runHealing(script: Script): Promise<string> {
  for (const path of ['workflows', 'prompts', '.aiworkflow']) mkdirSync(join(folder, path));
  const step = '  - { id: heal, prompt: prompts/heal.prompt, tools: [law.propose_change] }';
  writeFileSync(
    join(folder, 'workflows/healing.yaml'),
    `id: healing\nmodel: scripted:healer\ntools: [law]\nsteps:\n${step}\n`,
  );
  writeFileSync(join(folder, 'prompts/heal.prompt'), 'Propose what the drift of the feed asks for.\n');
  const log = openAuditLog({ file: join(folder, '.aiworkflow/audit.db'), durability: 'normal' });
  const model = scriptedModel(script, 'scripted:healer');
  const runtime = await createRuntime({
    projectDir: folder,
    log,
    models: { scripted: () => model },
  });
  try {
    const { schemas, templates } = runtime.services;
    const project = { dir: folder, config: runtime.config };
    const loaded = await loadWorkflow({ project, schemas, templates, ref: 'healing' });
    return (await runLoadedWorkflow(runtime, loaded)).runId;
  } finally {
    await runtime.close();
  }
}

test('show names the model that asked, when the log of the project has its run', async () => {
  const patch = [
    { op: 'replace', path: '/schema/product/properties/price/description', value: 'What the vendor asks.' },
    { op: 'replace', path: '/version', value: '1.0.1' },
  ];
  const asked = { kind: 'contract', id: 'product', patch, reason: 'clearer words' };
  const runId = await runHealing([
    { toolCalls: [{ name: 'law.propose_change', arguments: asked }] },
    'Asked.',
  ]);
  const [, { id }] = JSON.parse((await cli('changes', '--json')).stdout) as [unknown, { id: string }];
  const { stdout } = await cli('show', id);
  expect(stdout).toMatch(new RegExp(`by call ${runId}/heal/\\S+ of scripted:healer: clearer words`));
  expect(JSON.parse((await cli('show', id, '--json')).stdout)).toMatchObject({
    askings: [{ origin: { run: runId }, models: ['scripted:healer'] }],
  });
  // The other change was asked for by a run that is in no log here.
  expect((await cli('show', changeId)).stdout).toContain('by call run-1/heal/t2.1: no vendor');
});

test('what is suggested repeats the options that were typed', async () => {
  const typed = ['--project', folder, '--server', 'law'];
  const unknown = await runCli(['catalog', 'accept', 'ch-000000000000', ...typed], { cwd: tmpdir() });
  expect(unknown.stderr).toContain(
    `\`aiworkflow catalog changes --project ${folder} --server law\` lists them`,
  );
});

test('feeds lists the registered feeds', async () => {
  const { stdout } = await cli('feeds');
  expect(stdout).toMatch(
    /acme_prices +1\.0\.0 +draft +acme_\*\.csv +Acme GmbH +acme_raw\.prices +acme_prices-mapping@1\.0\.0/,
  );
  expect(JSON.parse((await cli('feeds', '--json')).stdout)).toMatchObject([
    { id: 'acme_prices', vendor: 'Acme GmbH' },
  ]);
});

test.each([
  [['accept', 'ch-000000000000'], 'CHANGE_UNKNOWN', 'aiworkflow catalog changes'],
  [['accept', 'product'], 'CHANGE_UNKNOWN', 'did you mean ch-'],
  [['publish', '--from', 'law'], 'USAGE', 'add --openmetadata'],
  [['changes', '--server', 'lex'], 'USAGE', 'its catalogs are: law'],
])('%j is refused with what to type', async (args, code, hint) => {
  const result = await cli(...args);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(`[${code}]`);
  expect(result.stderr).toContain(hint);
});
