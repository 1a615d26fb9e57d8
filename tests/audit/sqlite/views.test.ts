import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CallBegun, CallEnded } from '../../../src/domain/events.ts';
import { appendRun, startMs, usage } from '../support/sample-run.ts';
import { tempLog } from '../support/temp-log.ts';

type Row = Record<string, unknown>;
type Log = ReturnType<typeof tempLog>;
const rows = (log: Log, sql: string): Row[] => log.database.prepare<[], Row>(sql).all();

/** A run with one model call, of whose end the case decides. */
async function oneCall(ended: Partial<CallEnded> | undefined, begun: Partial<CallBegun> = {}): Promise<Log> {
  const log = tempLog();
  const request = log.store('{}');
  const position = begun.position ?? 'scan/m1';
  log.append('one', { type: 'run-started', at: startMs, workflowId: 'w', params: {}, program: 'p' });
  log.append('one', {
    type: 'call-begun',
    at: startMs + 1,
    call: 'model',
    name: 'openai:x',
    fingerprint: request,
    request,
    ...begun,
    position,
  });
  if (ended)
    log.append('one', {
      type: 'call-ended',
      at: startMs + 2,
      position,
      status: 'ok',
      durationMs: 1,
      source: 'live',
      ...ended,
    });
  await log.commit();
  return log;
}

describe('runs', () => {
  test('one row per run, with what it used', async () => {
    const log = tempLog();
    appendRun(log, 'one', { parentRunId: 'zero' });
    await log.commit();
    expect(rows(log, 'SELECT * FROM runs')).toMatchObject([
      {
        run_id: 'one',
        workflow_id: 'sample',
        status: 'ok',
        started_at: '2026-11-20T09:30:00.250Z',
        ended_at: '2026-11-20T09:30:00.262Z',
        started_at_ms: startMs,
        duration_ms: 12,
        parent_run_id: 'zero',
        model: 'openai:gpt-6-sol',
        program: 'aiworkflow 0.1.0',
        cost_usd: 0.5,
        input_tokens: 200,
        output_tokens: 20,
        calls: 4,
        in_doubt: 0,
        error_code: null,
        params: '{"folder":"data"}',
        definition_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        root_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  test('a run without an end is running', async () => {
    const log = tempLog();
    appendRun(log, 'one', { open: true });
    await log.commit();
    expect(rows(log, 'SELECT status, ended_at, root_hash FROM runs')).toEqual([
      { status: 'running', ended_at: null, root_hash: null },
    ]);
  });

  test('a failed run shows its error', async () => {
    const log = tempLog();
    log.append('one', { type: 'run-started', at: startMs, workflowId: 'w', params: {}, program: 'p' });
    const error = { code: 'MODEL_QUOTA', message: 'No credit left.' };
    log.append('one', { type: 'run-ended', at: startMs, status: 'failed', error });
    await log.commit();
    expect(rows(log, 'SELECT status, error_code, error_message, calls, cost_usd FROM runs')).toEqual([
      {
        status: 'failed',
        error_code: 'MODEL_QUOTA',
        error_message: 'No credit left.',
        calls: 0,
        cost_usd: 0,
      },
    ]);
  });
});

describe('model_calls and tool_calls', () => {
  test('calls are numbered together, in the order in which they began', async () => {
    const log = tempLog();
    appendRun(log, 'one');
    await log.commit();
    expect(rows(log, 'SELECT n, position, turn, model FROM model_calls')).toEqual([
      { n: 1, position: 'scan/m1', turn: 1, model: 'openai:gpt-6-sol' },
      { n: 3, position: 'scan/m2', turn: 2, model: 'openai:gpt-6-sol' },
    ]);
    expect(rows(log, 'SELECT n, position, step, tool, effect, call_id, status FROM tool_calls')).toEqual([
      {
        n: 2,
        position: 'scan/t1.1',
        step: 'scan',
        tool: 'files.read',
        effect: 'read',
        call_id: 'call_1',
        status: 'ok',
      },
      {
        n: 4,
        position: 'scan/t2.1',
        step: 'scan',
        tool: 'files.read',
        effect: 'read',
        call_id: 'call_2',
        status: 'ok',
      },
    ]);
  });

  test('everything that is known of a model call', async () => {
    const log = await oneCall({
      usage: usage(100, 20),
      costUsd: 0.125,
      stopReason: 'end',
      resolvedModel: 'x-2026-11-01',
      providerId: 'resp_1',
      durationMs: 12.25,
    });
    const request = log.store('{}');
    expect(rows(log, 'SELECT * FROM model_calls')).toEqual([
      {
        run_id: 'one',
        n: 1,
        position: 'scan/m1',
        step: 'scan',
        turn: 1,
        attempt: 1,
        model: 'openai:x',
        resolved_model: 'x-2026-11-01',
        fingerprint: request,
        request_hash: request,
        result_hash: null,
        status: 'ok',
        stop_reason: 'end',
        input_tokens: 100,
        output_tokens: 20,
        cached_tokens: 5,
        reasoning_tokens: 2,
        cost_usd: 0.125,
        duration_ms: 12.25,
        started_at: '2026-11-20T09:30:00.251Z',
        ended_at: '2026-11-20T09:30:00.252Z',
        source: 'live',
        provider_id: 'resp_1',
        error_code: null,
        error_message: null,
        started_at_ms: startMs + 1,
        ended_at_ms: startMs + 2,
      },
    ]);
  });

  test.each([
    { position: 'scan/m3', step: 'scan', turn: 3, attempt: 1 },
    { position: 'load[2]/m12!4', step: 'load[2]', turn: 12, attempt: 4 },
    { position: 'load[2]!2/m1', step: 'load[2]!2', turn: 1, attempt: 1 },
    { position: 'curate/check~3/t3.10', step: 'curate/check~3', turn: 3, attempt: 1 },
    { position: 'load/call', step: 'load', turn: null, attempt: 1 },
  ])('$position is taken apart', async ({ position, ...expected }) => {
    const log = await oneCall(undefined, { position });
    expect(rows(log, 'SELECT step, turn, attempt FROM calls')).toEqual([expected]);
  });

  test.each([
    { what: 'answered', ended: { usage: usage(1, 1), costUsd: 0.5 }, status: 'ok', cost: 0.5, run: 0.5 },
    {
      what: 'of unknown price',
      ended: { usage: usage(1, 1), costUsd: null },
      status: 'ok',
      cost: null,
      run: null,
    },
    {
      what: 'without a word on its cost',
      ended: { usage: usage(1, 1) },
      status: 'ok',
      cost: null,
      run: null,
    },
    {
      what: 'recorded',
      ended: { usage: usage(1, 1), source: 'recorded', costUsd: null },
      status: 'ok',
      cost: 0,
      run: 0,
    },
    {
      what: 'refused before an answer',
      ended: { status: 'error', error: { code: 'MODEL_RATE_LIMITED', message: 'm' } },
      status: 'error',
      cost: 0,
      run: 0,
    },
    {
      what: 'failed after tokens',
      ended: { status: 'error', usage: usage(1, 1), costUsd: null },
      status: 'error',
      cost: null,
      run: null,
    },
    { what: 'in doubt', ended: undefined, status: 'in-doubt', cost: null, run: 0 },
  ] as const)('a call that was $what', async ({ ended, status, cost, run }) => {
    const log = await oneCall(ended);
    expect(rows(log, 'SELECT status, cost_usd FROM model_calls')).toEqual([{ status, cost_usd: cost }]);
    expect(rows(log, 'SELECT cost_usd, in_doubt FROM runs')).toEqual([
      { cost_usd: run, in_doubt: ended ? 0 : 1 },
    ]);
  });
});

describe('steps', () => {
  test('one row per step, with its own calls', async () => {
    const log = tempLog();
    appendRun(log, 'one');
    await log.commit();
    expect(
      rows(log, 'SELECT run_id, step, kind, status, duration_ms, calls, input_tokens, cost_usd FROM steps'),
    ).toEqual([
      {
        run_id: 'one',
        step: 'scan',
        kind: 'prompt',
        status: 'ok',
        duration_ms: 10,
        calls: 4,
        input_tokens: 200,
        cost_usd: 0.5,
      },
    ]);
  });

  test('a step that was skipped has an end without a start', async () => {
    const log = tempLog();
    log.append('one', { type: 'run-started', at: startMs, workflowId: 'w', params: {}, program: 'p' });
    log.append('one', {
      type: 'step-ended',
      at: startMs,
      step: 'load',
      status: 'skipped',
      reason: 'when is false',
    });
    log.append('one', { type: 'step-started', at: startMs, step: 'scan', kind: 'prompt' });
    await log.commit();
    expect(rows(log, 'SELECT step, status, started_at, reason FROM steps')).toEqual([
      { step: 'load', status: 'skipped', started_at: null, reason: 'when is false' },
      { step: 'scan', status: 'running', started_at: '2026-11-20T09:30:00.250Z', reason: null },
    ]);
  });
});

describe('costs', () => {
  test('per run, step, model and day; unknown stays unknown', async () => {
    const log = tempLog();
    appendRun(log, 'one', { turns: 3 });
    appendRun(log, 'two', { costUsd: null, atMs: startMs + 86_400_000 });
    await log.commit();
    expect(rows(log, 'SELECT * FROM costs ORDER BY run_id')).toEqual([
      {
        run_id: 'one',
        workflow_id: 'sample',
        step: 'scan',
        model: 'openai:gpt-6-sol',
        day: '2026-11-20',
        calls: 3,
        input_tokens: 300,
        output_tokens: 30,
        cost_usd: 0.75,
        calls_of_unknown_cost: 0,
      },
      expect.objectContaining({ run_id: 'two', day: '2026-11-21', cost_usd: null, calls_of_unknown_cost: 2 }),
    ]);
  });
});

const shell = '/usr/bin/sqlite3';

test.skipIf(!existsSync(shell)).each(['runs', 'steps', 'calls', 'model_calls', 'tool_calls', 'costs'])(
  'a stock sqlite3 shell reads %s',
  async (view) => {
    const log = tempLog();
    appendRun(log, 'one');
    await log.commit();
    const shown = JSON.parse(
      execFileSync(shell, ['-json', log.file, `select * from ${view}`], { encoding: 'utf8' }),
    );
    expect(shown).toEqual(rows(log, `SELECT * FROM ${view}`));
  },
);

test('a query for one run does not read the others', async () => {
  const log = tempLog();
  appendRun(log, 'one');
  await log.commit();
  for (const view of ['runs', 'steps', 'calls', 'model_calls', 'tool_calls']) {
    const plan = log.database
      .prepare<[string], { detail: string }>(`EXPLAIN QUERY PLAN SELECT * FROM ${view} WHERE run_id = ?`)
      .all('one');
    expect(
      plan.map(({ detail }) => detail).filter((detail) => /^SCAN (events|v|b|s|e)\b/.test(detail)),
      view,
    ).toEqual([]);
  }
});
