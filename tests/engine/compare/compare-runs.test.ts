import { describe, expect, test } from 'vitest';
import { compareRuns } from '../../../src/engine/compare/compare-runs.ts';
import { runComparisonSchema } from '../../../src/engine/compare/run-comparison.ts';
import { type LoggedRun, loggedRun, type Says, type StepWriter, type Writer } from './logged-run.ts';

interface Edits {
  readonly first?: Says;
  readonly callId?: string;
  readonly path?: string;
  readonly result?: string;
  readonly last?: string;
  readonly answer?: { readonly rows: number; readonly files?: readonly string[] };
  readonly also?: (run: Writer) => void;
}

/** One step of two turns with a tool call between them, and one direct answer. */
function sample(
  runId: string,
  {
    first,
    callId = 'c1',
    path = 'a.csv',
    result = '3 rows',
    last = 'Done.',
    answer = { rows: 3 },
    also,
  }: Edits = {},
): LoggedRun {
  return loggedRun(runId, (run) => {
    run.step(
      'load',
      (step) => {
        step.model(1, { asks: 'Load it.', calls: [[callId, 'lake.ingest', { path }]], ...first });
        step.tool('t1.1', 'lake.ingest', { path }, result);
        step.model(2, { text: last });
      },
      { answer },
    );
    run.step('report', (step) => step.model(1, { asks: 'Report.', text: 'All good.' }), {
      answer: 'All good.',
    });
    also?.(run);
  });
}

const a = sample('a');

describe('the first call in which two runs part', () => {
  test.each<[string, Edits, object | null]>([
    ['none', {}, null],
    ['none, when only ids are others', { callId: 'other-id' }, null],
    [
      'another prompt',
      { first: { asks: 'Load all.' } },
      {
        kind: 'asked',
        step: 'load',
        a: { position: 'load/m1' },
        differences: [{ what: 'message 1 (user)', was: 'Load it.', now: 'Load all.' }],
      },
    ],
    [
      'another model and setting',
      { first: { model: 'x:two', settings: { temperature: 1 } } },
      {
        kind: 'asked',
        differences: [
          { part: 'model', was: 'x:one', now: 'x:two' },
          { what: 'settings.temperature', now: '1' },
        ],
      },
    ],
    [
      'the model said otherwise',
      { path: 'b.csv' },
      {
        kind: 'answered',
        a: { position: 'load/m1' },
        differences: [{ was: '→ lake.ingest {"path":"a.csv"}', now: '→ lake.ingest {"path":"b.csv"}' }],
      },
    ],
    [
      'the tool said otherwise',
      { result: '4 rows' },
      {
        kind: 'answered',
        b: { position: 'load/t1.1', name: 'lake.ingest', number: 2 },
        differences: [{ was: '3 rows', now: '4 rows' }],
      },
    ],
    ['the last answer', { last: 'Finished.' }, { kind: 'answered', a: { position: 'load/m2' } }],
    [
      'another way to fail',
      { first: { fails: 'MODEL_OVERLOADED' } },
      { kind: 'answered', differences: [{ was: 'ok', now: 'failed: MODEL_OVERLOADED' }] },
    ],
    [
      'a step more',
      {
        also: (run) =>
          run.step('more', (step) => step.model(1, { asks: 'More?', text: 'No.' }), { answer: 'No.' }),
      },
      { kind: 'only-b', step: 'more', a: null, b: { position: 'more/m1' } },
    ],
  ])('%s', (_, edits, divergence) => {
    const compared = compareRuns(a, sample('b', edits));
    if (divergence === null) expect(compared).toMatchObject({ firstDivergence: null, equal: true });
    else expect(compared).toMatchObject({ firstDivergence: divergence, equal: false });
    expect(() => runComparisonSchema.parse(compared)).not.toThrow();
  });

  test('is the first in time, not that of the first step', () => {
    const two = (runId: string, one: string, other: string) =>
      loggedRun(runId, (run) => {
        run.step('slow', (slow) => {
          run.step('quick', (quick) => quick.model(1, { asks: 'Q', text: other }));
          slow.model(1, { asks: 'S', text: one });
        });
      });
    const compared = compareRuns(two('a', 'x', 'y'), two('b', 'X', 'Y'));
    expect(compared.firstDivergence).toMatchObject({ step: 'quick' });
    expect(compared.steps.map(({ step, equal }) => [step, equal])).toEqual([
      ['slow', false],
      ['quick', false],
    ]);
  });
});

describe('answers, calls, money', () => {
  test('answers are compared by structure', () => {
    const [load, report] = compareRuns(a, sample('b', { answer: { rows: 4, files: ['x'] } })).steps;
    expect(load?.answer).toEqual({
      state: 'different',
      agreement: 0,
      differences: [
        { pointer: '/rows', kind: 'changed', was: 3, now: 4 },
        { pointer: '/files', kind: 'added', now: ['x'] },
      ],
    });
    expect(report).toMatchObject({ equal: true, answer: { state: 'equal', agreement: 1 } });
  });

  test('a tool call more is one call more', () => {
    const b = loggedRun('b', (run) => {
      run.step('load', (step) => {
        step.model(1, { asks: 'Load it.', calls: [['c0', 'lake.list_files', {}]] });
        step.tool('t1.1', 'lake.list_files', {}, 'a.csv');
        step.model(2, { calls: [['c1', 'lake.ingest', { path: 'a.csv' }]] });
        step.tool('t2.1', 'lake.ingest', { path: 'a.csv' }, '3 rows');
        step.model(3, { text: 'Done.' });
      });
    });
    const [load] = compareRuns(a, b).steps;
    expect(load?.calls).toMatchObject({ same: 3, onlyA: [] });
    expect(load?.calls.onlyB.map(({ position }) => position).sort()).toEqual(['load/m2', 'load/t1.1']);
  });

  test('an unknown price stays unknown; a step that a run does not have used nothing', () => {
    const compared = compareRuns(
      a,
      sample('b', { first: { costUsd: null }, also: (run) => run.step('more', () => undefined) }),
    );
    expect(compared.a.spent).toMatchObject({ modelCalls: 3, toolCalls: 1, inputTokens: 30, costUsd: 0.03 });
    expect(compared.b.spent.costUsd).toBeNull();
    expect(compared.steps.map(({ step, spent, status }) => [step, spent.b?.costUsd, status.a])).toEqual([
      ['load', null, 'ok'],
      ['report', 0.01, 'ok'],
      ['more', 0, null],
    ]);
    expect(compared.steps[2]?.spent.a).toBeNull();
  });
});

describe('attempts', () => {
  const once = (path: string, write: (step: StepWriter) => void) => (run: Writer) =>
    run.step(path, write, { answer: 'x' });
  const undisturbed = loggedRun(
    'a',
    once('ask', (step) => step.model(1, { asks: 'Well?', text: 'x' })),
  );

  test('a call that was made again is no difference, and was paid for twice', () => {
    const b = loggedRun(
      'b',
      once('ask', (step) => {
        step.model(1, { asks: 'Well?', fails: 'MODEL_OVERLOADED' });
        step.model(1, { attempt: 2, text: 'x' });
      }),
    );
    const compared = compareRuns(undisturbed, b);
    expect(compared).toMatchObject({ equal: true, firstDivergence: null });
    expect(compared.steps[0]).toMatchObject({ calls: { same: 1 }, spent: { b: { modelCalls: 2 } } });
  });

  test('a step that was tried again is compared by its last attempt', () => {
    const b = loggedRun('b', (run) => {
      run.step('ask', (step) => step.model(1, { asks: 'Well?', text: 'no' }), { status: 'failed' });
      run.step('ask!2', (step) => step.model(1, { asks: 'Well?', text: 'x' }), { answer: 'x' });
    });
    const compared = compareRuns(undisturbed, b);
    expect(compared).toMatchObject({
      equal: true,
      steps: [{ step: 'ask', spent: { b: { modelCalls: 2 } } }],
    });
  });

  test('what one attempt cost is unknown: so is what the step cost', () => {
    const b = loggedRun('b', (run) => {
      run.step('ask', (step) => step.model(1, { asks: 'Well?', text: 'no', costUsd: null }), {
        status: 'failed',
      });
      run.step('ask!2', (step) => step.model(1, { asks: 'Well?', text: 'x' }), { answer: 'x' });
    });
    expect(compareRuns(undisturbed, b).steps[0]?.spent).toMatchObject({
      a: { costUsd: 0.01 },
      b: { costUsd: null },
    });
  });

  test('a call without an end is said to have none', () => {
    const tool = (ended: boolean) =>
      once('put', (step) =>
        ended ? step.tool('call', 'desk.put', { n: 1 }, 'ok') : step.begun('call', 'desk.put', { n: 1 }),
      );
    const compared = compareRuns(loggedRun('a', tool(true)), loggedRun('b', tool(false)));
    expect(compared.firstDivergence).toMatchObject({
      kind: 'answered',
      differences: [{ now: 'no end in the log' }],
    });
  });
});

describe('what a person decided about a lost call', () => {
  const ended = loggedRun('a', (run) =>
    run.step('put', (step) => step.tool('call', 'desk.put', { n: 1 }, 'done')),
  );
  const decided = (...decision: Parameters<StepWriter['resolved']>) =>
    loggedRun('b', (run) =>
      run.step('put', (step) => {
        step.begun('call', 'desk.put', { n: 1 });
        step.resolved(...decision);
      }),
    );

  test.each([
    [decided('call', 'result', 'done'), null],
    [decided('call', 'result', 'lost'), { was: 'done', now: 'lost' }],
    [decided('call', 'skip', 'done'), { was: 'ok', now: 'passed over' }],
    [decided('call', 'retry'), { was: 'ok', now: 'no end in the log' }],
  ])('%#', (run, difference) => {
    const { firstDivergence } = compareRuns(ended, run);
    if (difference === null) expect(firstDivergence).toBeNull();
    else expect(firstDivergence).toMatchObject({ kind: 'answered', differences: [difference] });
  });
});

describe('odd pairs', () => {
  test('the same run twice', () => {
    expect(compareRuns(a, a)).toMatchObject({ equal: true, notes: ['Both are the same run.'] });
  });

  test('a run that goes on', () => {
    const b = loggedRun('b', (run) => run.step('load', (step) => step.begun('t1.1', 'x', {})), {
      running: true,
    });
    const compared = compareRuns(a, b);
    expect(compared.notes).toEqual([expect.stringContaining('Run b has no end in the log')]);
    expect(compared.b.spent.durationMs).toBeNull();
    expect(compared.equal).toBe(false);
  });

  test.each([
    [{ workflowId: 'other' }, 'different workflows'],
    [{ definition: 'd' }, 'were changed between the two runs'],
  ])('%j is said', (started, note) => {
    expect(
      compareRuns(
        loggedRun('a', () => undefined),
        loggedRun('b', () => undefined, started),
      ).notes,
    ).toEqual([expect.stringContaining(note)]);
  });

  test('params', () => {
    const b = loggedRun('b', () => undefined, { params: { limit: 2 } });
    expect(
      compareRuns(
        loggedRun('a', () => undefined),
        b,
      ).params,
    ).toEqual([{ pointer: '/limit', kind: 'added', now: 2 }]);
  });

  test('texts that were taken out of the log: said so, and never equal', () => {
    const b = sample('b', { first: { asks: 'Load all.' }, answer: { rows: 9 } });
    const compared = compareRuns(a, { run: b.run, load: () => undefined });
    expect(compared.steps[0]).toMatchObject({
      equal: false,
      answer: { state: 'unreadable', agreement: null },
      firstDivergence: {
        kind: 'asked',
        differences: expect.arrayContaining([expect.objectContaining({ how: 'unreadable' })]) as unknown,
      },
    });
  });

  test('runs without a step', () => {
    const empty = loggedRun('b', () => undefined);
    expect(compareRuns(a, empty)).toMatchObject({
      equal: false,
      steps: [{ status: { a: 'ok', b: null } }, {}],
    });
    expect(compareRuns(empty, { ...empty, run: { ...empty.run, runId: 'c' } })).toMatchObject({
      equal: true,
      steps: [],
    });
  });

  test('one step alone, with what is inside it', () => {
    const loop = (runId: string, second: string) =>
      loggedRun(runId, (run) => {
        run.step('each', () => undefined);
        run.step('each[0]', (step) => step.model(1, { asks: '0', text: 'x' }));
        run.step('each[1]', (step) => step.model(1, { asks: '1', text: second }));
        run.step('each_other', (step) => step.model(1, { asks: second, text: 'x' }));
      });
    const compared = compareRuns(loop('a', 'x'), loop('b', 'y'), { step: 'each' });
    expect(compared.steps.map(({ step, equal }) => [step, equal])).toEqual([
      ['each', true],
      ['each[0]', true],
      ['each[1]', false],
    ]);
    expect(compared.result).toBeNull();
  });
});

test('runs with 10,000 calls: the texts that are read grow with the calls, not with their square', () => {
  const reads = (count: number): number => {
    const long = (runId: string, last: string) =>
      loggedRun(runId, (run) =>
        run.step('long', (step) => {
          for (let turn = 1; turn <= count; turn++) {
            step.model(turn, {
              ...(turn === 1 && { asks: 'Go.' }),
              calls: [[`${runId}${turn}`, 'a', { turn }]],
            });
            step.tool(`t${turn}.1`, 'a', { turn }, turn === count ? last : 'ok');
          }
        }),
      );
    let loads = 0;
    const counting = ({ run, load }: LoggedRun) => ({
      run,
      load(key: string) {
        loads++;
        return load(key);
      },
    });
    const compared = compareRuns(counting(long('a', 'x')), counting(long('b', 'y')));
    expect(compared.firstDivergence).toMatchObject({ a: { position: `long/t${count}.1` } });
    return loads;
  };
  const [few, many] = [reads(500), reads(5000)];
  expect(many).toBeLessThan(few * 11);
});
