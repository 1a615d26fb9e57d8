import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';

const root = join(import.meta.dirname, '../..');

test('the shipped recording answers the shipped workflow on the shipped files', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-demo-'));
  for (const path of ['aiworkflow.yaml', 'workflows', 'prompts', 'contracts', 'data', 'recordings'])
    cpSync(join(root, path), join(dir, path), { recursive: true });
  const { code, stdout, stderr } = await runCli(['run', 'product-datamart'], { cwd: dir });
  // A prompt, a contract or a file was changed: `node scripts/record-demo.ts` makes the recording anew.
  expect(stderr).not.toContain('RECORDING_DIVERGED');
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as Record<string, number | string>;
  expect(report['rows_read']).toBe(
    Number(report['rows_rejected']) + Number(report['rows_published']) + Number(report['rows_set_aside']),
  );
  expect(stderr).toContain(
    '$0: model answers were replayed from recorded:product-datamart, nothing was paid',
  );
  expect((await runCli(['verify', 'last'], { cwd: dir })).code).toBe(0);
  rmSync(dir, { recursive: true, force: true });
});

test('the recording says where its answers come from, and names no machine', () => {
  const text = readFileSync(join(root, 'recordings/product-datamart.jsonl'), 'utf8');
  expect(JSON.parse(text.slice(0, text.indexOf('\n')))).toMatchObject({
    origin: 'answers written by hand for this project; no live model was asked',
  });
  expect(text).not.toMatch(/"\/(?:home|tmp|Users|root|var|work)\//);
});
