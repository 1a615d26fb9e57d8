/**
 * Runs the client scenarios of the MCP conformance suite against our client and prints the totals. Exit code 1 when a
 * scenario fails that we claim, or when one of those has vanished from the run.
 *
 *   node tests/conformance/run.ts
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const claimed = {
  '--suite core': ['initialize', 'tools_call', 'elicitation-sep1034-client-defaults', 'sse-retry'],
  '--requirements 2026-07-28': [
    'tools_call',
    'request-metadata',
    'sep-2322-client-request-state',
    'http-standard-headers',
    'http-custom-headers',
    'http-invalid-tool-headers',
    'json-schema-ref-no-deref',
    'json-schema-2020-12-preservation',
  ],
};

interface Outcome {
  readonly scenario: string;
  readonly passed: number;
  readonly failed: number;
}

const outcomeLine = /^[✓✗] ([\w./-]+): (\d+) passed, (\d+) failed/gmu;

async function runSuite(selection: string, folder: string): Promise<Outcome[]> {
  const root = join(import.meta.dirname, '../..');
  const suite = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  // The suite splits the command at spaces, and the project's folder may have some: both paths are relative to here.
  const client = `${relative(import.meta.dirname, process.execPath)} ./client.ts`;
  const text = await output([suite, 'client', '--command', client, ...selection.split(' '), '-o', folder]);
  const outcomes = [...text.matchAll(outcomeLine)].map(([, scenario = '', passed, failed]) => ({
    scenario,
    passed: Number(passed),
    failed: Number(failed),
  }));
  if (outcomes.length === 0) throw new Error(`the suite printed no results:\n${text}`);
  return outcomes;
}

function output(args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    // Its exit code and its stderr tell of the OAuth scenarios too, which are apart: the summary is what counts.
    const child = spawn(process.execPath, args, {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

function report(selection: string, outcomes: readonly Outcome[], wanted: readonly string[]): string[] {
  const ours = outcomes.filter(({ scenario }) => !scenario.startsWith('auth/'));
  const apart = outcomes.filter(({ scenario }) => scenario.startsWith('auth/'));
  const sum = (pick: (outcome: Outcome) => number) =>
    ours.reduce((total, outcome) => total + pick(outcome), 0);
  console.log(`\n${selection}`);
  for (const { scenario, passed, failed } of ours)
    console.log(`  ${failed ? '✗' : '✓'} ${scenario}: ${passed} passed, ${failed} failed`);
  console.log(
    `  total: ${ours.length} scenarios, ${sum((o) => o.passed)} checks passed, ${sum((o) => o.failed)} failed`,
  );
  console.log(
    `  apart (OAuth, not offered; fixed headers are): ${apart.map(({ scenario }) => scenario).join(', ')}`,
  );
  const failing = ours
    .filter(({ failed, passed }) => failed > 0 || passed === 0)
    .map(({ scenario }) => scenario);
  const missing = wanted.filter((name) => !ours.some(({ scenario }) => scenario === name));
  return [
    ...failing.map((name) => `${selection}: ${name} fails`),
    ...missing.map((name) => `${selection}: ${name} did not run`),
  ];
}

const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
const problems: string[] = [];
try {
  for (const [selection, wanted] of Object.entries(claimed)) {
    problems.push(...report(selection, await runSuite(selection, folder), wanted));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(problems.length === 0 ? '\nconformance: ok' : `\nconformance: failed\n${problems.join('\n')}`);
process.exitCode = problems.length === 0 ? 0 : 1;
