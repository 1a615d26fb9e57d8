import { afterEach, describe, expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { ModelError } from '../../src/errors/index.ts';
import type { Script } from '../../src/testing/index.ts';
import { type Desk, type Models, openDesk, projectFile, sorter, sorting } from './support/desk.ts';

const desks: Desk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk.remove();
});

async function desk(models: Models, files: Record<string, string> = {}, log?: Desk['log']): Promise<Desk> {
  const opened = await openDesk(models, files, log);
  desks.push(opened);
  return opened;
}

const good = sorter({ look: 'fruit', json: () => ({ kind: 'fruit', count: 3 }) });

const times = async (count: number, work: (index: number) => Promise<unknown>): Promise<void> => {
  for (let index = 0; index < count; index++) await work(index);
};

/** A desk with so many runs, and what the candidate made of them. */
async function swapped(
  now: Script,
  {
    runs = 10,
    was = good,
    files = {},
    ...options
  }: Record<string, unknown> & {
    runs?: number;
    was?: Script;
    files?: Record<string, string>;
  } = {},
) {
  const table = await desk({ old: was, new: now }, files);
  await times(runs, (index) => table.run({ text: `fruit${index}` }));
  return { table, report: await table.swap(options) };
}

const broken = (report: Awaited<ReturnType<Desk['swap']>>): string[] =>
  report.rules.filter(({ result }) => result !== 'holds').map(({ rule, result }) => `${result}: ${rule}`);

describe('a candidate that does the same', () => {
  test('in ten runs is safe; only the step is asked, and no tool is called', async () => {
    const { table, report } = await swapped(good);
    expect(report.verdict).toBe('safe');
    expect(broken(report)).toEqual([]);
    expect(report.runs).toHaveLength(10);
    expect(table.toolCalls).toHaveLength(10);
    const [first] = report.runs;
    const [started] = table.events(first?.replay ?? '', 'run-started');
    expect(started).toMatchObject({
      parentRunId: first?.original,
      origin: { kind: 'replay', live: 'models', steps: ['sort'], onMiss: 'stop' },
    });
    const ends = table.events(first?.replay ?? '', 'call-ended');
    expect(ends.map(({ position, source }) => `${position} ${source}`)).toEqual([
      'read/m1 recorded',
      'sort/m1 live',
      'sort/t1.1 recorded',
      'sort/m2 live',
    ]);
    expect(report.outcomes.now['first-try']).toBe(10);
    expect(report.trajectory).toMatchObject({ same: 10, reordered: 0, different: 0, effects: [] });
    expect(report.spent.costUsd.delta?.median).toBeLessThan(0);
  });

  test('is a run of its own in the log, with the report as its result and the replays beside it', async () => {
    const { table, report } = await swapped(good, { runs: 2 });
    const [started] = table.events(report.swapId, 'run-started');
    expect(started).toMatchObject({
      workflowId: 'sorting',
      origin: { kind: 'swap', live: 'models', steps: ['sort'] },
      params: { step: 'sort', model: 'new:m', last: 10, budgetUsd: 1, minRuns: 5 },
    });
    const [ended] = table.events(report.swapId, 'run-ended');
    expect(ended).toMatchObject({ status: 'ok' });
    expect(JSON.parse(table.log.load(ended?.result ?? '') ?? '')).toEqual(report);
    expect(table.log.isHeld(report.swapId)).toBe(false);
  });

  test('in eight runs has not been proved to be safe, and it is said how many would do', async () => {
    const { report } = await swapped(good, { runs: 8 });
    expect(report.verdict).toBe('not enough evidence');
    expect(report.rules.find(({ result }) => result === 'unproven')).toMatchObject({
      found: '68.7%',
      hint: '9 cases without a failure would.',
    });
  });

  test('may be the model that the step has: that is how far it agrees with itself', async () => {
    const { report } = await swapped(good, { model: 'old:m' });
    expect(report).toMatchObject({ verdict: 'safe', candidate: 'old:m', present: 'old:m' });
    expect(report.outcomes.now['first-try']).toBe(10);
  });
});

describe('a candidate that does otherwise', () => {
  test('breaks the contract to the end: not safe', async () => {
    const { report } = await swapped(sorter({ look: 'fruit', json: () => ({ kind: 'fruit' }) }));
    expect(report.verdict).toBe('not safe');
    expect(report.outcomes.now).toMatchObject({ failed: 10, 'first-try': 0 });
    expect(broken(report)[0]).toBe('broken: every answer keeps the contract');
    expect(report.runs[0]?.cases[0]?.error?.code).toBe('ANSWER_BREAKS_CONTRACT');
  });

  test('keeps the contract after a repair: safe, and counted apart', async () => {
    const now: Script = ({ messages }) => {
      const asked = messages.at(-1);
      if (asked?.role === 'tool') return 'a fruit';
      const repaired = messages.filter(({ role }) => role === 'assistant').length > 1;
      if (repaired) return { json: { kind: 'fruit', count: 3 } };
      return { toolCalls: [{ name: 'look', arguments: { at: 'fruit' } }] };
    };
    const { report } = await swapped(now);
    expect(report.outcomes).toMatchObject({
      was: { 'first-try': 10 },
      now: { repaired: 10, 'first-try': 0 },
    });
    expect(report.verdict).toBe('safe');
  });

  test('gives another value: the field is named with its share, and may be ignored', async () => {
    const now = sorter({
      look: 'fruit',
      json: (text) => ({ kind: 'fruit', count: text.includes('fruit3') ? 4 : 3, note: 'x' }),
    });
    const { table, report } = await swapped(now);
    expect(report.verdict).toBe('not safe');
    expect(report.fields.map(({ field, equal, values }) => `${field} ${equal}/${values}`)).toEqual([
      '/note 0/10',
      '/count 9/10',
      '/kind 10/10',
    ]);
    const rules = { minRuns: 5, minPassRate: 0.7, minAgreement: 0.9 };
    expect((await table.swap({ ignore: ['/note'], rules })).verdict).toBe('safe');
    expect((await table.swap({ ignore: ['/note'] })).verdict).toBe('not safe');
  });

  test('writes other prose in a step without a contract: nobody can say', async () => {
    const files = {
      'workflows/sorting.yaml': sorting.replace(/ {4}response:[\s\S]*?(?= {2}- id: tell)/, ''),
    };
    const was = sorter({ json: () => 'three fruits' });
    const { report } = await swapped(sorter({ json: () => '3 fruits' }), { was, files });
    expect(report).toMatchObject({ verdict: 'not enough evidence', hasContract: false });
    expect(broken(report)).toEqual(['unproven: every field agrees in 95% of its values']);
  });

  test('goes beyond a limit: it has no answer', async () => {
    const files = {
      'workflows/sorting.yaml': sorting.replace(
        '    tools: [look]',
        '    tools: [look]\n    limits: { turns: 3 }',
      ),
    };
    const now: Script = () => ({ toolCalls: [{ name: 'look', arguments: { at: 'fruit' } }] });
    const { table, report } = await swapped(now, { files });
    expect(report.outcomes.now.failed).toBe(10);
    expect(report.runs[0]?.cases[0]?.error?.code).toBe('LIMIT_REACHED');
    expect(table.toolCalls).toHaveLength(10);
  });
});

describe('tools', () => {
  const looksElsewhere = sorter({ look: 'basket', json: () => ({ kind: 'fruit', count: 3 }) });

  test('a call that the log does not hold ends the case, and is told with its arguments', async () => {
    const { table, report } = await swapped(looksElsewhere);
    expect(report.verdict).toBe('not enough evidence');
    expect(report.outcomes.now.missing).toBe(10);
    expect(report.missing[0]).toMatchObject({
      tool: 'look',
      effect: 'read',
      arguments: { at: 'basket' },
      answered: false,
    });
    expect(table.toolCalls).toHaveLength(10);
  });

  test('a new call that changes something is not made, and not safe', async () => {
    const files = { 'workflows/sorting.yaml': sorting.replace('tools: [look]', "tools: ['*']") };
    const now: Script = ({ messages }) =>
      messages.at(-1)?.role === 'tool'
        ? { json: { kind: 'fruit', count: 3 } }
        : { toolCalls: [{ name: 'store', arguments: { what: 'x' } }] };
    const { table, report } = await swapped(now, { files, onMiss: 'live' });
    expect(report.verdict).toBe('not safe');
    expect(report.trajectory.effects).toHaveLength(10);
    expect(report.trajectory.effects[0]).toMatchObject({ tool: 'store', side: 'only-now' });
    expect(table.toolCalls).not.toContain('x');
  });

  const storing =
    (...what: string[]): Script =>
    ({ messages }) => {
      const done = messages.filter(({ role }) => role === 'tool').length;
      const next = what[done];
      if (next === undefined) return { json: { kind: 'fruit', count: 3 } };
      return { toolCalls: [{ name: 'store', arguments: { what: next } }] };
    };
  const only = `id: sorting
params:
  text: { type: string }
steps:
  - id: sort
    prompt: 'Sort {{ params.text }}.'
    tools: [store]
    response: { type: object, required: [kind, count], properties: { kind: { type: string }, count: { type: integer } } }
`;

  test.each<[string, string[], string, string[]]>([
    ['the same', ['a', 'b'], 'safe', []],
    ['in another order', ['b', 'a'], 'safe', []],
    ['left out', ['a'], 'not safe', ['store only-was']],
    ['made twice', ['a', 'b', 'b'], 'not safe', ['store only-now']],
  ])('calls that change something: %s', async (_, now, verdict, effects) => {
    const files = { 'workflows/sorting.yaml': only };
    const { table, report } = await swapped(storing(...now), { was: storing('a', 'b'), files });
    expect(report.verdict).toBe(verdict);
    const first = report.trajectory.effects.filter(({ original }) => original === report.runs[0]?.original);
    expect(first.map(({ tool, side }) => `${tool} ${side}`)).toEqual(effects);
    expect(table.toolCalls).toHaveLength(20);
  });
});

describe('what the swap pays', () => {
  const dear = {
    'aiworkflow.yaml': projectFile.replace('{ input: 1, output: 2 }', '{ input: 1000, output: 1 }'),
  };

  test('all replays draw on one budget; it stops cleanly, and what was done counts', async () => {
    const full = await swapped(good, { files: dear, budgetUsd: 100 });
    const spent = full.report.budget.spentUsd ?? 0;
    const { table, report } = await swapped(good, { files: dear, budgetUsd: spent / 2 + 1.5 });
    expect(report.stopped?.code).toBe('BUDGET_EXCEEDED');
    const done = report.stopped?.afterRuns ?? 0;
    expect(done).toBeGreaterThan(1);
    expect(done).toBeLessThan(10);
    expect(report.budget.spentUsd ?? 0).toBeLessThanOrEqual(report.budget.usd);
    expect(report.outcomes.now['first-try']).toBeGreaterThan(0);
    const [ended] = table.events(report.swapId, 'run-ended');
    expect(ended).toMatchObject({ status: 'stopped', error: { code: 'BUDGET_EXCEEDED' } });
    expect(ended?.result).toBeDefined();
    const begun = report.runs.flatMap(({ replay }) => table.events(replay, 'call-begun'));
    const accounts = begun.filter(({ reserved }) => reserved).map(({ reserved }) => reserved?.accounts);
    expect(new Set(accounts.flat())).toEqual(new Set([`run ${report.swapId}`]));
  });

  test('a budget that holds no call at all is reported, with one that holds all of the swap', async () => {
    const table = await desk({ old: good, new: good }, dear);
    await times(3, () => table.run());
    const { stopped, verdict, swapId, budget } = await table.swap({ budgetUsd: 0.000001 });
    expect([verdict, budget.spentUsd, stopped?.afterRuns]).toEqual(['not enough evidence', 0, 0]);
    expect(stopped).toMatchObject({
      code: 'BUDGET_EXCEEDED',
      message: expect.stringContaining(`The budget of swap ${swapId}`),
      hint: expect.stringContaining('its runs hold 6 model calls of the step'),
    });
    const budgetUsd = Number(/--budget ([\d.]+):/.exec(stopped?.hint ?? '')?.[1]);
    expect((await table.swap({ budgetUsd })).stopped).toBeNull();
  });

  test('a candidate without a known price is refused before anything is asked, unless that is allowed', async () => {
    const table = await desk({ old: good, new: good });
    await times(2, () => table.run());
    const before = table.log.runIds.length;
    await expect(table.swap({ model: 'new:unknown' })).rejects.toMatchObject({ code: 'PRICE_UNKNOWN' });
    expect(table.log.runIds).toHaveLength(before);
    const report = await table.swap({ model: 'new:unknown', allowUnknownPrice: true });
    expect(report.budget.spentUsd).toBeNull();
    expect(report.spent.costUsd).toMatchObject({ pairs: 0, unknown: 2, delta: null });
  });

  test("a workflow's budget for one run is the candidate's own limit", async () => {
    const table = await desk({ old: good, new: good });
    await times(5, () => table.run());
    const runIds = [...table.log.runIds].reverse();
    table.write('workflows/sorting.yaml', sorting.replace('steps:', 'budget: { tokens: 100000 }\nsteps:'));
    const small: Script = (request, context) => {
      const reply = (good as Extract<Script, (...args: never[]) => unknown>)(request, context);
      return typeof reply === 'object' && 'toolCalls' in reply
        ? { ...reply, usage: { inputTokens: 90000 } }
        : reply;
    };
    const other = await desk(
      { old: good, new: small },
      {
        'workflows/sorting.yaml': sorting.replace('steps:', 'budget: { tokens: 100000 }\nsteps:'),
      },
    );
    await times(5, () => other.run());
    const report = await other.swap();
    expect(report.stopped).toBeNull();
    expect(report.outcomes.now.failed).toBe(5);
    expect(report.runs[0]?.cases[0]?.error?.code).toBe('BUDGET_EXCEEDED');
    expect(runIds).toHaveLength(5);
  });
});

describe('a candidate that cannot be asked', () => {
  const failing =
    (code: 'MODEL_NOT_FOUND' | 'MODEL_OVERLOADED'): Script =>
    () => ({
      error: new ModelError({ code, message: `new:m: ${code}`, retryable: code === 'MODEL_OVERLOADED' }),
    });

  test('is told once, and not once for each run', async () => {
    const table = await desk({ old: good, new: failing('MODEL_NOT_FOUND') });
    await times(5, () => table.run());
    const before = table.log.runIds.length;
    await expect(table.swap()).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    expect(table.log.runIds).toHaveLength(before + 2);
    const swapId = table.log.runIds[before] ?? '';
    expect(table.events(swapId, 'run-ended')[0]).toMatchObject({ status: 'failed' });
  });

  test('and a provider that stays overloaded stops the swap after its retries', async () => {
    const table = await desk(
      { old: good, new: failing('MODEL_OVERLOADED') },
      {
        'workflows/sorting.yaml': sorting.replace('steps:', 'limits: { modelRetries: 0 }\nsteps:'),
      },
    );
    await times(3, () => table.run());
    const before = table.log.runIds.length;
    await expect(table.swap()).rejects.toMatchObject({ code: 'MODEL_OVERLOADED' });
    expect(table.log.runIds).toHaveLength(before + 2);
  });

  test('in the middle: what was done counts, and the run says why it ended', async () => {
    let asked = 0;
    const now: Script = (request, context) => {
      asked += 1;
      if (asked > 6) return (failing('MODEL_NOT_FOUND') as () => { error: Error })();
      return (good as Extract<Script, (...args: never[]) => unknown>)(request, context);
    };
    const { table, report } = await swapped(now);
    expect(report.stopped).toMatchObject({ code: 'MODEL_NOT_FOUND', afterRuns: 3 });
    expect(report.outcomes.now).toMatchObject({ 'first-try': 3, unfinished: 1 });
    expect(table.events(report.swapId, 'run-ended')[0]).toMatchObject({ status: 'failed' });
  });

  test('an unknown provider and a recording are refused before anything is recorded', async () => {
    const table = await desk({ old: good });
    await table.run();
    await expect(table.swap({ model: 'nobody:m' })).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    expect(table.log.runIds).toHaveLength(1);
  });
});

test('an interrupted swap keeps what was done', async () => {
  const controller = new AbortController();
  let asked = 0;
  const now: Script = (request, context) => {
    if (++asked === 5) controller.abort(new Error('Ctrl-C'));
    return (good as Extract<Script, (...args: never[]) => unknown>)(request, context);
  };
  const { table, report } = await swapped(now, { signal: controller.signal });
  expect(report.stopped).toMatchObject({ code: 'INTERRUPTED' });
  expect(report.outcomes.now['first-try']).toBe(2);
  const [ended] = table.events(report.swapId, 'run-ended');
  expect(ended).toMatchObject({ status: 'interrupted' });
  expect(ended?.result).toBeDefined();
});

describe('which runs are replayed', () => {
  test('the last that ended well and asked a model; the others are told with their reason', async () => {
    let fail = true;
    const was: Script = (request, context) => {
      if (fail) return { error: new ModelError({ code: 'MODEL_QUOTA', message: 'no credit' }) };
      return (good as Extract<Script, (...args: never[]) => unknown>)(request, context);
    };
    const table = await desk({ old: was, new: good });
    const failed = await table.run({}, { fails: true });
    fail = false;
    const runs = [await table.run(), await table.run(), await table.run()];
    const first = await table.swap();
    expect(first.leftOut).toEqual([{ runId: failed, why: 'it did not end well (failed)' }]);
    expect(first.runs.map(({ original }) => original)).toEqual(runs.toReversed());
    const second = await table.swap({ last: 2 });
    expect(second.runs.map(({ original }) => original)).toEqual([runs[2], runs[1]]);
    const reasons = new Set(second.leftOut.map(({ why }) => why));
    expect(reasons).toEqual(new Set(['it is a replay', 'it is a swap']));
  });

  test('a run whose step was another one is left out, or counts when that is wanted', async () => {
    const table = await desk({ old: good, new: good });
    await times(2, () => table.run());
    table.write('workflows/sorting.yaml', sorting.replace("'Sort {{", "'Sort well {{"));
    await table.run();
    const report = await table.swap();
    expect(report.runs).toHaveLength(1);
    expect(report.leftOut.map(({ why }) => why)).toEqual(
      Array(2).fill('the step was another one then (prompt)'),
    );
    expect((await table.swap({ anyDefinition: true })).runs).toHaveLength(3);
  });

  test('steps around it may change: each run is replayed with the definition that it had', async () => {
    const table = await desk({ old: good, new: good });
    await times(2, () => table.run());
    const files = {
      'workflows/sorting.yaml': sorting.replace("'Read {{", "'Study {{"),
      'aiworkflow.yaml': projectFile.replace('model: old:m', 'model: gone:m'),
    };
    const later = await desk({ new: good }, files, table.log);
    const report = await later.swap();
    expect(report).toMatchObject({ present: 'gone:m', recordedModels: ['old:m'], leftOut: [] });
    expect(report.outcomes.now['first-try']).toBe(2);
  });

  test('none is an error that says what was seen', async () => {
    const table = await desk({ old: good, new: good });
    await expect(table.swap()).rejects.toMatchObject({
      code: 'NO_RUNS_TO_COMPARE',
      message: expect.stringContaining('the log holds no run of it'),
    });
    await table.run();
    await expect(table.swap({ problemOf: () => 'it does not verify: x' })).rejects.toMatchObject({
      message: expect.stringContaining('1: it does not verify: x'),
    });
  });
});

describe('the step', () => {
  test.each([
    ['no step', 'sorte', 'did you mean "sort"'],
    ['a call step', 'count', 'Steps that ask a model'],
  ])('%s', async (_, step, hint) => {
    const files = {
      'workflows/sorting.yaml': `${sorting}  - id: count\n    call: lake.count\n`.replace(
        'steps:',
        'tools: { lake: { command: x } }\nsteps:',
      ),
    };
    const table = await desk({ old: good, new: good }, files);
    await expect(table.swap({ step })).rejects.toMatchObject({
      code: 'STEP_UNKNOWN',
      hint: expect.stringContaining(hint),
    });
  });

  const listed = `id: sorting
params:
  text: { type: string, default: x }
steps:
  - id: sort
    forEach: '{{ params.list }}'
    prompt: 'Sort {{ item }}.'
    response: { type: object, required: [kind], properties: { kind: { type: string } } }
`.replace('params:\n', 'params:\n  list: { type: array, default: [apple, berry, cherry] }\n');

  test('with items: each is a case of its own, and one that fails does not hide the others', async () => {
    const kinds =
      (wrong?: string): Script =>
      ({ messages }) => {
        const text = JSON.stringify(messages);
        return { json: wrong !== undefined && text.includes(wrong) ? { no: 1 } : { kind: 'k' } };
      };
    const files = { 'workflows/sorting.yaml': listed };
    const { report } = await swapped(kinds('berry'), { was: kinds(), files, runs: 5 });
    expect(report.runs[0]?.cases.map(({ path, now }) => `${path} ${now}`)).toEqual([
      'sort[0] first-try',
      'sort[1] failed',
      'sort[2] first-try',
    ]);
    const { report: fine } = await swapped(kinds(), { was: kinds(), files, runs: 5 });
    expect(fine.verdict).toBe('safe');
    expect(fine.rules[2]?.found).toBe('81.8%');
  });

  test('with an empty list in one run: that run has no case', async () => {
    const files = { 'workflows/sorting.yaml': listed };
    const kinds: Script = () => ({ json: { kind: 'k' } });
    const table = await desk({ old: kinds, new: kinds }, files);
    await table.run({ list: [] });
    await table.run();
    const report = await table.swap();
    expect(report.leftOut).toMatchObject([{ why: 'the step asked no model in it' }]);
    expect(report.runs).toHaveLength(1);
  });

  test('with rounds: the candidate may need more of them, with the tool results of those that there were', async () => {
    const files = {
      'workflows/sorting.yaml': `id: sorting
params:
  text: { type: string }
steps:
  - id: sort
    prompt: 'Sort {{ params.text }}, round {{ round }}.'
    tools: [look]
    until: '{{ sort.response.done }}'
    response: { type: object, required: [done], properties: { done: { type: boolean } } }
`,
    };
    const rounds =
      (needed: number): Script =>
      ({ messages }) => {
        if (messages.at(-1)?.role !== 'tool')
          return { toolCalls: [{ name: 'look', arguments: { at: 'fruit' } }] };
        return { json: { done: JSON.stringify(messages).includes(`round ${needed}.`) } };
      };
    const { table, report } = await swapped(rounds(3), { was: rounds(1), files });
    expect(report.outcomes.now).toMatchObject({ 'first-try': 10, missing: 0 });
    expect(report.runs[0]?.cases.map(({ path }) => path)).toEqual(['sort']);
    expect(report.trajectory).toMatchObject({ different: 10, tools: [{ tool: 'look', was: 10, now: 30 }] });
    expect(table.toolCalls).toHaveLength(10);
  });

  const outer = (around = '') => `id: outer
params:
  text: { type: string, default: x }
steps:
  - id: first
    prompt: 'Read {{ params.text }}.'
  - id: both
    workflow: sorting
    params: { text: '{{ first.text }}' }
${around}`;

  test('of an inner workflow: what comes after it is not asked', async () => {
    const table = await desk({ old: good, new: good }, { 'workflows/outer.yaml': outer() });
    await times(3, () => table.run({}, { ref: 'outer' }));
    const report = await table.swap({ ref: 'outer' });
    const [replay] = report.runs;
    expect(replay?.cases).toMatchObject([{ path: 'both/sort', now: 'first-try' }]);
    const asked = table
      .events(replay?.replay ?? '', 'call-ended')
      .map(({ position, source }) => `${position} ${source}`);
    expect(asked).toEqual([
      'first/m1 recorded',
      'both/read/m1 recorded',
      'both/sort/m1 live',
      'both/sort/t1.1 recorded',
      'both/sort/m2 live',
    ]);
  });

  test('of an inner workflow in a loop: its first round is replayed', async () => {
    const loop = outer("    until: '{{ ../round2 }}'\n").replace(
      "'{{ ../round2 }}'",
      "'{{ both.response.enough }}'",
    );
    const inner = sorting.replace(
      'id: tell\n    prompt: ',
      'id: tell\n    response: { type: object, properties: { enough: { type: boolean } } }\n    prompt: ',
    );
    let told = 0;
    const was: Script = (request, context) => {
      const reply = (good as Extract<Script, (...args: never[]) => unknown>)(request, context);
      return reply === 'told' ? { json: { enough: ++told % 2 === 0 } } : reply;
    };
    const table = await desk(
      { old: was, new: good },
      { 'workflows/outer.yaml': loop, 'workflows/sorting.yaml': inner },
    );
    await times(2, () => table.run({}, { ref: 'outer' }));
    const report = await table.swap({ ref: 'outer' });
    expect(report.stopped).toBeNull();
    expect(table.events(report.runs[0]?.replay ?? '', 'run-ended')).toMatchObject([{ status: 'ok' }]);
    expect(report.runs[0]?.cases.map(({ path, now }) => `${path} ${now}`)).toEqual([
      'both~1/sort first-try',
      'both~2/sort unfinished',
    ]);
  });

  test('of which two workflows have one each cannot be told apart', async () => {
    const two = outer().replace('id: first', 'id: sort').replaceAll('first.text', 'sort.text');
    const table = await desk({ old: good, new: good }, { 'workflows/outer.yaml': two });
    await expect(table.swap({ ref: 'outer' })).rejects.toMatchObject({
      code: 'STEP_UNKNOWN',
      message: expect.stringMatching(/workflows\/outer\.yaml:\d+.* and workflows\/sorting\.yaml:\d+/),
    });
  });
});

test('figures of a case are those of the step alone, tools not counted', async () => {
  const { report } = await swapped(good, { runs: 5 });
  const [run] = report.runs;
  expect(run?.cases).toHaveLength(1);
  const { costUsd, inputTokens } = report.spent;
  expect(costUsd.pairs).toBe(5);
  expect(inputTokens.delta?.median).toBe(0);
  const json: Json = report as never;
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
});
