import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { openRun } from '../../src/cli/show/run-source.ts';
import { stepPage } from '../../src/cli/show/step-page.ts';
import { loadWorkflow } from '../../src/definitions/index.ts';
import type { HistoryAdapted } from '../../src/domain/events.ts';
import { foldRun } from '../../src/engine/runs/fold-run.ts';
import { forkRun } from '../../src/runtime/rerun/fork-run.ts';
import { replayRun } from '../../src/runtime/rerun/replay-run.ts';
import { runLoadedWorkflow } from '../../src/runtime/run-workflow-file.ts';
import { createRuntime, type Runtime } from '../../src/runtime.ts';
import { memoryLog } from '../../src/testing/index.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import {
  eventReply,
  jsonReply,
  type ProviderServer,
  type Reply,
  startProvider,
} from '../models/support/provider-server.ts';

let dir: string;
let server: ProviderServer | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aiworkflow-history-'));
});
afterEach(async () => {
  await server?.close();
  rmSync(dir, { recursive: true, force: true });
});

const thinking = (text: string) => ({ type: 'thinking', thinking: text, signature: `signed ${text}` });
const cited = { type: 'text', text: 'I look.', citations: [{ type: 'web', url: 'u' }] };
const toolUse = { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'one' } };
const claude = (content: readonly object[], stop_reason: string): Reply =>
  jsonReply({
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content,
    stop_reason,
    usage: { input_tokens: 1, output_tokens: 1 },
  });

const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' };
const functionCall = {
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_2',
  name: 'look',
  arguments: '{"at":"two"}',
};
const message = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  content: [{ type: 'output_text', text: 'Done.', annotations: [] }],
};
const gpt = (...output: object[]): Reply =>
  eventReply([{ type: 'response.completed', response: { status: 'completed', output } }]);

const look = defineTool({
  name: 'look',
  description: 'Looks.',
  effect: 'read',
  input: z.object({ at: z.string() }),
  run: ({ at }) => `seen ${at}`,
});

async function open(replies: readonly Reply[]) {
  server = await startProvider(replies);
  mkdirSync(join(dir, 'workflows'));
  writeFileSync(
    join(dir, 'aiworkflow.yaml'),
    `providers:
  claude: { api: anthropic.messages, baseUrl: '${server.url}' }
  gpt: { api: openai.responses, baseUrl: '${server.url}/v1' }
`,
  );
  writeFileSync(
    join(dir, 'workflows/ask.yaml'),
    'id: ask\nsteps:\n  - id: ask\n    prompt: Go.\n    tools: [look]\n',
  );
  const runtime = await createRuntime({ projectDir: dir, log: memoryLog(), env: {} });
  const { schemas, templates } = runtime.services;
  const workflow = await loadWorkflow({
    project: { dir, config: runtime.config },
    schemas,
    templates,
    ref: 'ask',
  });
  const run = (model: string) =>
    runLoadedWorkflow(runtime, workflow, { models: { all: model, steps: {} }, tools: [look] });
  const fork = (runId: string, from: string, model: string) =>
    forkRun(runtime, runId, { from, models: { all: model, steps: {} }, tools: [look] });
  return { runtime, run, fork };
}

const adaptations = ({ log }: Runtime, runId: string): HistoryAdapted[] =>
  [...log.events(runId)].filter((event) => event.type === 'history-adapted');

async function shown({ log }: Runtime, runId: string): Promise<string> {
  const source = openRun(log as never, runId);
  const step = foldRun(runId, log.events(runId)).steps.get('ask');
  if (!step) throw new Error('no such step');
  const style = (_: string, text: string): string => text;
  const page = await stepPage(source, step, { style, columns: 120, nowMs: 0, held: false, place: '' });
  return page.join('\n');
}

test('from Anthropic to OpenAI: signed thinking stays behind, a cited text and the call go on, and the log says so', async () => {
  const { runtime, run, fork } = await open([
    claude([thinking('one'), cited, toolUse], 'tool_use'),
    claude([thinking('two'), { type: 'text', text: 'Done.' }], 'end_turn'),
    gpt(reasoning, message),
  ]);
  const first = await run('claude:claude-x');
  expect(adaptations(runtime, first.runId)).toEqual([]);
  const second = await fork(first.runId, 'ask/m2', 'gpt:gpt-5');
  expect(adaptations(runtime, second.runId)).toMatchObject([
    { step: 'ask', turn: 2, from: 'claude:claude-x', to: 'gpt:gpt-5', dropped: 1, converted: 1 },
  ]);
  expect(server?.bodies[2].input.slice(1)).toEqual([
    { role: 'assistant', content: 'I look.' },
    { type: 'function_call', call_id: 'toolu_1', name: 'look', arguments: expect.stringContaining('one') },
    { type: 'function_call_output', call_id: 'toolu_1', output: 'seen one' },
  ]);
  expect(await shown(runtime, second.runId)).toContain(
    'what claude:claude-x had said went on to gpt:gpt-5: 1 item of its reasoning and server tools left out, 1 item as plain text and calls',
  );
});

test('from OpenAI to Anthropic: sealed reasoning stays behind, the call goes on by its neutral fields', async () => {
  const { runtime, run, fork } = await open([
    gpt(reasoning, functionCall),
    gpt(message),
    claude([toolUse], 'tool_use'),
    claude([{ type: 'text', text: 'Done.' }], 'end_turn'),
  ]);
  const first = await run('gpt:gpt-5');
  const second = await fork(first.runId, 'ask/m2', 'claude:claude-x');
  expect(adaptations(runtime, second.runId)).toMatchObject([
    { turn: 2, from: 'gpt:gpt-5', to: 'claude:claude-x', dropped: 1, converted: 1 },
  ]);
  expect(server?.bodies).toHaveLength(4);
  expect(server?.bodies[2].messages.slice(1)).toMatchObject([
    { role: 'assistant', content: [{ type: 'tool_use', id: 'call_2', name: 'look', input: { at: 'two' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_2' }] },
  ]);
});

test('a conversation that stays with its API loses nothing, and nothing is said', async () => {
  const { runtime, run, fork } = await open([
    claude([thinking('one'), toolUse], 'tool_use'),
    claude([{ type: 'text', text: 'Done.' }], 'end_turn'),
  ]);
  const first = await run('claude:claude-x');
  const second = await fork(first.runId, 'ask/m2', 'claude:claude-y');
  expect(adaptations(runtime, second.runId)).toEqual([]);
  expect(server?.bodies[2].messages[1].content[0]).toEqual(thinking('one'));
});

test('and back: its own thinking returns to the letter, the other one stays behind', async () => {
  const { runtime, run, fork } = await open([
    claude([thinking('one'), toolUse], 'tool_use'),
    claude([{ type: 'text', text: 'Done.' }], 'end_turn'),
    gpt(reasoning, functionCall),
    gpt(message),
    claude([{ type: 'text', text: 'Done again.' }], 'end_turn'),
  ]);
  const first = await run('claude:claude-x');
  const second = await fork(first.runId, 'ask/m2', 'gpt:gpt-5');
  const third = await fork(second.runId, 'ask/m3', 'claude:claude-x');
  expect(adaptations(runtime, third.runId)).toMatchObject([
    { turn: 3, to: 'claude:claude-x', dropped: 1, converted: 1 },
  ]);
  const { messages } = server?.bodies[4] ?? {};
  expect(messages[1].content[0]).toEqual(thinking('one'));
  expect(JSON.stringify(messages)).not.toContain('sealed');
  for (const { runId } of [first, second, third])
    expect(await replayRun(runtime, runId)).toMatchObject({ equal: true, live: 'nothing' });
  expect(server?.bodies).toHaveLength(5);
});
