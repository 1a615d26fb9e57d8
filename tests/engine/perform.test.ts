import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/domain/events.ts';
import { journalOf } from '../../src/engine/journal/past-journal.ts';
import { foldRun, openCalls } from '../../src/engine/runs/fold-run.ts';
import { LogError, ToolError } from '../../src/errors/index.ts';
import type { CallableTool } from '../../src/ports/tool-source.ts';
import { createTemplateEngine } from '../../src/templating/create-template-engine.ts';
import { memoryLog } from '../../src/testing/index.ts';
import { addTool, contract, harness } from './harness.ts';

const call = (a: number, b: number) => ({ toolCalls: [{ name: 'add', arguments: { a, b } }] });

describe('the log and the world', () => {
  test('the beginning of a call is committed before the world is touched', async () => {
    const order: string[] = [];
    const log = memoryLog();
    const watched = {
      ...log,
      append: (runId: string, event: AuditEvent) => {
        order.push(event.type);
        log.append(runId, event);
      },
      commit: async () => {
        await Promise.resolve();
        order.push('commit');
      },
    };
    const h = harness(
      () => {
        order.push('MODEL');
        return 'ok';
      },
      { log: watched },
    );
    await h.run();
    expect(order).toEqual([
      'run-started',
      'step-started',
      'call-begun',
      'commit',
      'MODEL',
      'call-ended',
      'step-ended',
      'run-ended',
      'commit',
    ]);
  });

  test('when the log cannot be written, nothing is asked and the log’s error is the one thrown', async () => {
    const broken = {
      ...memoryLog(),
      commit: () => Promise.reject(new LogError({ code: 'LOG_UNWRITABLE', message: 'Disk full.' })),
    };
    const h = harness(['never'], { log: broken });
    await expect(h.run()).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
    expect(h.model.requests).toEqual([]);
  });

  test('a listener that throws at the end of a call does not end it twice', async () => {
    const progress = {
      event: (_: string, { type }: AuditEvent) => {
        if (type === 'call-ended') throw new Error('The listener is broken.');
      },
    };
    const h = harness(['ok'], { progress });
    await expect(h.run({ budget: { usd: 1 } })).rejects.toThrow('The listener is broken.');
    expect(h.events('call-ended').map(({ status }) => status)).toEqual(['ok']);
  });

  test('a text that is missing from a past fails the run, and the log says so: only what cannot be written has no end', async () => {
    const lost = new LogError({ code: 'LOG_CORRUPT', message: 'The log does not hold the text.' });
    const h = harness(['ok'], {
      templates: {
        ...createTemplateEngine(),
        render: () => {
          throw lost;
        },
      },
    });
    await expect(h.run()).rejects.toBe(lost);
    expect(h.events('run-ended')).toMatchObject([{ status: 'failed', error: { code: 'LOG_CORRUPT' } }]);
    expect(h.log.isHeld('run-1')).toBe(false);
  });

  test('secrets in a tool’s result reach neither the model nor the log', async () => {
    const leak: CallableTool = {
      ...addTool(),
      call: async () => ({
        content: [{ type: 'text', text: 'key=sk-12345678' }],
        structured: { key: 'sk-12345678' },
        isError: false,
      }),
    };
    const scrub = (text: string) => text.replaceAll('sk-12345678', '[secret:KEY]');
    const h = harness([call(1, 2), 'ok'], { scrub });
    await h.run({ tools: [leak] });
    expect(JSON.stringify(h.model.requests)).not.toContain('sk-12345678');
    expect(JSON.stringify(h.model.requests)).toContain('[secret:KEY]');
    expect(h.blob(h.events('call-ended')[1]!.result)).toMatchObject({ structured: { key: '[secret:KEY]' } });
  });
});

describe('a call whose outcome is unknown', () => {
  const lost = (effect: 'read' | 'irreversible'): CallableTool => ({
    ...addTool(effect),
    call: async () => {
      throw new ToolError({ code: 'TOOL_OUTCOME_UNKNOWN', message: 'The server ended during the call.' });
    },
  });

  test('of a tool that only reads goes back to the model', async () => {
    const h = harness([call(1, 2), 'ok']);
    expect((await h.run({ tools: [lost('read')] })).text).toBe('ok');
    expect(JSON.stringify(h.model.requests[1]!.messages.at(-1))).toContain(
      'It is safe to make this call again.',
    );
  });

  test('of a tool that only reads is in the log with its error, and a replay takes the same way', async () => {
    const h = harness([call(1, 2), 'ok']);
    await h.run({ tools: [lost('read')] });
    expect(h.events('call-ended')[1]).toMatchObject({
      status: 'error',
      error: { code: 'TOOL_OUTCOME_UNKNOWN' },
    });
    const journal = journalOf(h.log.events('run-1'), { closed: true, load: (key) => h.log.load(key)! });
    expect((await harness([]).run({ tools: [lost('read')], journal })).text).toBe('ok');
  });

  test('of a tool with effects stops the run and stays in doubt in the log', async () => {
    const h = harness([call(1, 2), 'never']);
    await expect(h.run({ tools: [lost('irreversible')] })).rejects.toMatchObject({
      code: 'TOOL_OUTCOME_UNKNOWN',
    });
    const state = foldRun('run-1', h.log.events('run-1'));
    expect(openCalls(state).map((open) => open.begun.position)).toEqual(['test/t1.1']);
    expect(h.model.requests).toHaveLength(1);
  });

  test('because the run was interrupted leaves the run interrupted, and the call in doubt', async () => {
    const controller = new AbortController();
    const cutOff: CallableTool = {
      ...addTool('irreversible'),
      call: async () => {
        controller.abort();
        throw new ToolError({ code: 'TOOL_OUTCOME_UNKNOWN', message: 'Cut off.' });
      },
    };
    const h = harness([call(1, 2)]);
    await expect(h.run({ tools: [cutOff], signal: controller.signal })).rejects.toMatchObject({
      code: 'TOOL_OUTCOME_UNKNOWN',
    });
    const state = foldRun('run-1', h.log.events('run-1'));
    expect(state).toMatchObject({ status: 'interrupted', error: { code: 'TOOL_OUTCOME_UNKNOWN' } });
    expect(openCalls(state)).toHaveLength(1);
  });

  test('does not hide the ends of the calls beside it', async () => {
    const both = {
      toolCalls: [
        { name: 'add', arguments: { a: 1, b: 2 } },
        { name: 'other', arguments: { a: 1, b: 2 } },
      ],
    };
    const other = addTool();
    const h = harness([both]);
    const named = { ...other, definition: { ...other.definition, name: 'other' } };
    await expect(h.run({ tools: [lost('irreversible'), named] })).rejects.toMatchObject({
      code: 'TOOL_OUTCOME_UNKNOWN',
    });
    expect(h.events('call-ended').map((event) => event.position)).toEqual(['test/m1', 'test/t1.2']);
  });
});

describe('a journal', () => {
  const script = () => [call(1, 2), { json: { n: 'x' } }, { json: { n: 3 } }];
  const numbers = contract({ type: 'object', properties: { n: { type: 'number' } }, required: ['n'] });

  async function recorded() {
    const h = harness(script());
    const tool = addTool();
    const result = await h.run({ tools: [tool], ...numbers });
    const journal = (closed: boolean, until = Number.POSITIVE_INFINITY) =>
      journalOf([...h.log.events('run-1')].slice(0, until), { closed, load: (key) => h.log.load(key)! });
    return { h, tool, result, journal };
  }

  test('that holds everything answers the whole run: no model, no tool, the same result', async () => {
    const { result, journal } = await recorded();
    const replay = harness([]);
    const tool = addTool();
    const again = await replay.run({ tools: [tool], ...numbers, journal: journal(true) });
    // What a step sees of its cost is what it was: a template that shows it must ask the same.
    expect(again).toEqual(result);
    expect(foldRun('run-1', replay.log.events('run-1')).costUsd).toBe(0);
    expect(replay.model.requests).toEqual([]);
    expect(tool.calls).toEqual([]);
    expect(replay.events('call-ended').every((event) => event.source === 'recorded')).toBe(true);
  });

  test('costs nothing of a budget', async () => {
    const { journal } = await recorded();
    const replay = harness([], { prices: { cost: () => 0.4 } });
    const again = replay.run({
      tools: [addTool()],
      ...numbers,
      journal: journal(true),
      budget: { usd: 0.5, tokens: 40_000 },
    });
    expect((await again).response).toEqual({ n: 3 });
  });

  test('that holds a part lets the run go on from there', async () => {
    const { h, journal } = await recorded();
    const upToTool =
      [...h.log.events('run-1')].findIndex(
        (event) => event.type === 'call-ended' && event.position === 'test/t1.1',
      ) + 1;
    const rest = harness(script().slice(1));
    const tool = addTool();
    expect(
      (await rest.run({ tools: [tool], ...numbers, journal: journal(false, upToTool) })).response,
    ).toEqual({ n: 3 });
    expect(tool.calls).toEqual([]);
    expect(rest.model.requests).toHaveLength(2);
  });

  test('names the first call that asks for something else', async () => {
    const { journal } = await recorded();
    const other = harness([]).run({
      tools: [addTool()],
      ...numbers,
      journal: journal(true),
      text: 'Do it well.',
    });
    await expect(other).rejects.toMatchObject({ code: 'REPLAY_DIVERGED', details: { position: 'test/m1' } });
  });

  test('that is closed lets nothing unrecorded happen', async () => {
    const { journal } = await recorded();
    const cut = harness(['never']);
    await expect(
      cut.run({ tools: [addTool()], ...numbers, journal: journal(true, 4) }),
    ).rejects.toMatchObject({ code: 'REPLAY_ENDED', details: { position: 'test/t1.1' } });
    expect(cut.model.requests).toEqual([]);
  });
});
