import { expect, test } from 'vitest';
import { pastOf } from '../../src/engine/journal/past.ts';
import { journalOfPast } from '../../src/engine/journal/past-journal.ts';
import type { CallableTool } from '../../src/ports/tool-source.ts';
import { addTool } from './harness.ts';
import { promptStep, workflowHarness } from './workflow-harness.ts';

// A replay with live tools: what the tools answer now is compared, and the run goes on with what they answered then.

const steps = [promptStep('ask', 'Add.')];
const script = [{ toolCalls: [{ name: 'add', arguments: { a: 1, b: 2 } }] }, 'three'];

async function replayedWith(tool: CallableTool) {
  const h = workflowHarness(script, { tools: [addTool()] });
  await h.runSteps(steps);
  const past = pastOf('run-1', h.log.events('run-1'), (hash) => h.log.load(hash) ?? '');
  const journal = journalOfPast(past, {
    own: false,
    closed: true,
    compareTools: true,
    asked: (hash) => h.log.load(hash),
  });
  const again = workflowHarness([], { log: h.log, tools: [tool], ids: { runId: () => 'run-2' } });
  const { response } = await again.runSteps(steps, { journal });
  const ends = [...h.log.events('run-2')].filter((event) => event.type === 'call-ended');
  const recorded = past.calls.get('ask/t1.1')?.ended?.result;
  return { response, recorded, end: ends.find(({ position }) => position === 'ask/t1.1') };
}

test('a tool that answers the same is no difference', async () => {
  const { response, recorded, end } = await replayedWith(addTool());
  expect(response).toBe('three');
  expect(end).toMatchObject({ status: 'ok', source: 'live', result: recorded });
  expect(end).not.toHaveProperty('used');
});

test('a tool that answers otherwise is in the log, and the run goes on with the recorded answer', async () => {
  const other = {
    ...addTool(),
    call: async () => ({ content: [{ type: 'text', text: '4' } as const], isError: false }),
  };
  const { response, recorded, end } = await replayedWith(other);
  expect(response).toBe('three');
  expect(end).toMatchObject({ status: 'ok', used: recorded });
  expect(end?.result).not.toBe(recorded);
});

test('a tool that is described otherwise by now is one difference, and does not end the comparison', async () => {
  const tool = addTool();
  const changed = { ...tool, definition: { ...tool.definition, description: 'Subtracts.' } };
  const { response, recorded, end } = await replayedWith(changed);
  expect(response).toBe('three');
  expect(end).toMatchObject({ status: 'error', used: recorded, error: { code: 'TOOL_CHANGED' } });
  expect(tool.calls).toEqual([]);
});
