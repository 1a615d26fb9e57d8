import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foldRun } from '../../src/engine/runs/fold-run.ts';
import { createRuntime } from '../../src/index.ts';
import {
  hasSharedMaterial,
  loadReplay,
  recordingNames,
  whySkipped,
} from '../models/support/shared-material.ts';
import { playRecording, readRecording } from './support/play-recording.ts';

// Runs whose answers came over the wire are replayed by a process that can reach nobody: in a network namespace of its
// own where the machine allows that, and with every way out of Node.js refused.

const support = (name: string) => fileURLToPath(new URL(`./support/${name}`, import.meta.url));
const cli = fileURLToPath(new URL('../../bin/aiworkflow.mjs', import.meta.url));
const hasNamespaces = spawnSync('unshare', ['-rn', 'true']).status === 0;

function alone(args: readonly string[], cwd = process.cwd()) {
  const node = [process.execPath, '--import', support('no-world.mjs'), ...args];
  const [command = '', ...rest] = hasNamespaces ? ['unshare', '-rn', ...node] : node;
  return spawnSync(command, rest, {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  });
}

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'aiworkflow-recordings-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test.runIf(!hasSharedMaterial)(`skipped: ${whySkipped}`, () => {
  expect(hasSharedMaterial).toBe(false);
});

describe.skipIf(!hasSharedMaterial)('recorded exchanges with providers', () => {
  test('are replayed from the log, with their server gone and nobody to ask', async () => {
    const runs: { runId: string; name: string; calls: number }[] = [];
    for (const name of recordingNames()) runs.push(await play(name));
    const { stdout, stderr } = alone([
      support('replay-frozen.ts'),
      dir,
      ...runs.map(({ runId, name }) => `${runId}=${name}`),
    ]);
    const [world, ...outcomes] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(world, stderr).toEqual({ connects: false, spawns: false });
    expect(outcomes).toEqual(runs.map(({ name, calls }) => ({ name, calls, equal: true })));
  }, 120_000);

  async function play(name: string) {
    const recording = await readRecording(name);
    const server = await (await loadReplay()).startReplayServer(recording.traffic);
    writeFileSync(
      join(dir, 'aiworkflow.yaml'),
      JSON.stringify({
        providers: {
          chat: { api: 'openai.chat', baseUrl: server.openaiBaseURL, structuredOutput: true },
          responses: { api: 'openai.responses', baseUrl: server.openaiBaseURL, structuredOutput: true },
          messages: { api: 'anthropic.messages', baseUrl: server.anthropicBaseURL, structuredOutput: true },
        },
      }),
    );
    const runtime = await createRuntime({ projectDir: dir, env: {} });
    const runId = runtime.services.ids.runId();
    const services = { ...runtime.services, ids: { runId: () => runId } };
    const modelOf = ({ api, model }: { api: string; model: string }) =>
      `${api === 'anthropic.messages' ? 'messages' : api.split('.')[1]}:${model}`;
    await playRecording(services, { recording, modelOf });
    const state = foldRun(runId, runtime.log.events(runId));
    await runtime.close();
    await server.close();
    expect(state.status).toBe('ok');
    expect([...state.calls.values()].filter(({ begun }) => begun.call === 'model').length).toBe(
      recording.traffic.interactions.length,
    );
    return { runId, name, calls: state.calls.size };
  }
});

test('the demo’s run is replayed so too', () => {
  const root = process.cwd();
  const demo = join(dir, 'demo');
  for (const path of ['aiworkflow.yaml', 'workflows', 'prompts', 'contracts', 'data', 'recordings'])
    cpSync(join(root, path), join(demo, path), { recursive: true });
  const run = spawnSync(process.execPath, [cli, 'run', 'product-datamart', '--quiet'], {
    cwd: demo,
    encoding: 'utf8',
  });
  expect(run.status, run.stderr).toBe(0);
  const { status, stdout, stderr } = alone([cli, 'replay', 'last'], demo);
  expect(stdout + stderr).toMatch(/^EQUAL: \d+ calls/);
  expect(status).toBe(0);
});
