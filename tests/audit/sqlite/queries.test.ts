import { beforeEach, describe, expect, test } from 'vitest';
import { findRun, listRuns, runCalls } from '../../../src/audit/sqlite/index.ts';
import { appendRun, startMs } from '../support/sample-run.ts';
import { tempLog } from '../support/temp-log.ts';

let log: ReturnType<typeof tempLog>;

beforeEach(async () => {
  log = tempLog();
  appendRun(log, 'ab12', { atMs: startMs });
  appendRun(log, 'ab34', { atMs: startMs + 1_000, workflowId: 'other' });
  appendRun(log, 'cd56', { atMs: startMs + 2_000, open: true });
  await log.commit();
});

describe('listRuns', () => {
  test.each([
    { options: {}, ids: ['cd56', 'ab34', 'ab12'] },
    { options: { limit: 2 }, ids: ['cd56', 'ab34'] },
    { options: { workflowId: 'other' }, ids: ['ab34'] },
    { options: { status: 'running' }, ids: ['cd56'] },
    { options: { status: 'ok', workflowId: 'sample' }, ids: ['ab12'] },
    { options: { workflowId: 'nothing' }, ids: [] },
  ] as const)('$options', ({ options, ids }) => {
    expect(listRuns(log, options).map(({ runId }) => runId)).toEqual(ids);
  });

  test('a row', () => {
    expect(listRuns(log, { workflowId: 'other' })).toEqual([
      {
        runId: 'ab34',
        workflowId: 'other',
        status: 'ok',
        startedAtMs: startMs + 1_000,
        endedAtMs: startMs + 1_012,
        held: false,
        durationMs: 12,
        parentRunId: null,
        origin: null,
        resumes: 0,
        model: 'openai:gpt-6-sol',
        program: 'aiworkflow 0.1.0',
        costUsd: 0.5,
        inputTokens: 200,
        outputTokens: 20,
        calls: 4,
        inDoubt: 0,
        errorCode: null,
        errorMessage: null,
      },
    ]);
  });
});

describe('findRun', () => {
  test.each([
    ['last', 'cd56'],
    ['ab12', 'ab12'],
    ['ab3', 'ab34'],
    ['c', 'cd56'],
  ])('%s', (text, runId) => {
    expect(findRun(log, text)).toBe(runId);
  });

  test('a whole id wins over a longer one that begins with it', async () => {
    appendRun(log, 'ab123');
    await log.commit();
    expect(findRun(log, 'ab12')).toBe('ab12');
  });

  test.each([
    { text: 'ab', says: /beginning of more than one run/, hint: /ab12, ab34/ },
    { text: 'ab35', says: /No run "ab35"/, hint: /did you mean ab34 or ab12\?/ },
    { text: 'zzzzzzzz', says: /No run "zzzzzzzz"/, hint: /^`aiworkflow runs`/ },
    { text: '%', says: /No run "%"/, hint: /aiworkflow runs/ },
  ])('$text is no run', ({ text, says, hint }) => {
    const error = expect.objectContaining({
      code: 'RUN_UNKNOWN',
      message: expect.stringMatching(says),
      hint: expect.stringMatching(hint),
    });
    expect(() => findRun(log, text)).toThrow(error);
  });

  test('an empty log says so', () => {
    expect(() => findRun(tempLog(), 'last')).toThrow(/holds no run/);
  });
});

test('a run without an end is running while somebody works on it, and has died afterwards', () => {
  const ids = (status: 'running' | 'died', from = log) =>
    listRuns(from, { status, limit: 1 }).map((row) => row.runId);
  expect([ids('running'), ids('died')]).toEqual([['cd56'], []]);
  log.close();
  const later = tempLog({ file: log.file });
  expect([ids('running', later), ids('died', later)]).toEqual([[], ['cd56']]);
});

test('runCalls gives both kinds of calls in order', () => {
  expect(runCalls(log, 'ab12').map(({ n, call, position, status }) => [n, call, position, status])).toEqual([
    [1, 'model', 'scan/m1', 'ok'],
    [2, 'tool', 'scan/t1.1', 'ok'],
    [3, 'model', 'scan/m2', 'ok'],
    [4, 'tool', 'scan/t2.1', 'ok'],
  ]);
  expect(runCalls(log, 'nobody')).toEqual([]);
});
