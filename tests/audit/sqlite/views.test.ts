import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CallBegun, CallEnded } from '../../../src/domain/events.ts';
import { costOfCall } from '../../../src/domain/spend.ts';
import { foldRun } from '../../../src/engine/runs/fold-run.ts';
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

/** The same by the rule of `show`, `diff` and the summary of a run. */
function foldedCosts(log: Log) {
  const { calls, costUsd } = foldRun('one', log.events('one'));
  return { cost: [...calls.values()].map(costOfCall)[0], run: costUsd };
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
        resolved: null,
        stop_reason: 'end',
        reserved_usd: null,
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
    expect(foldedCosts(log)).toEqual({ cost, run });
  });
});

describe('a call in doubt that had a reservation', () => {
  const reserved = { accounts: ['a'], usd: 0.75, tokens: 10 };
  test.each([
    { usd: 0.75, cost: 0.75, unknown: 0, doubt: 0.75 },
    { usd: null, cost: null, unknown: 1, doubt: 0 },
  ])('costs what was reserved: $usd', async ({ usd, cost, unknown, doubt }) => {
    const log = await oneCall(undefined, { reserved: { ...reserved, usd } });
    log.append('one', { type: 'step-started', at: startMs, step: 'scan', kind: 'prompt' });
    await log.commit();
    expect(rows(log, 'SELECT status, reserved_usd, cost_usd FROM model_calls')).toEqual([
      { status: 'in-doubt', reserved_usd: usd, cost_usd: cost },
    ]);
    expect(rows(log, 'SELECT cost_usd, in_doubt FROM runs')).toEqual([{ cost_usd: cost, in_doubt: 1 }]);
    expect(rows(log, 'SELECT cost_usd FROM steps')).toEqual([{ cost_usd: cost }]);
    expect(foldedCosts(log)).toEqual({ cost, run: cost });
    expect(rows(log, 'SELECT cost_usd, calls_of_unknown_cost, in_doubt_usd FROM costs')).toEqual([
      { cost_usd: cost, calls_of_unknown_cost: unknown, in_doubt_usd: doubt },
    ]);
  });

  test('once it has ended it costs what it cost', async () => {
    const log = await oneCall({ costUsd: 0.125 }, { reserved });
    expect(rows(log, 'SELECT reserved_usd, cost_usd FROM model_calls')).toEqual([
      { reserved_usd: 0.75, cost_usd: 0.125 },
    ]);
    expect(rows(log, 'SELECT cost_usd FROM runs')).toEqual([{ cost_usd: 0.125 }]);
  });

  test('a result that a person put in its place cost nothing', async () => {
    const log = await oneCall({ source: 'edited', usage: usage(1, 1) }, { reserved });
    expect(rows(log, 'SELECT cost_usd FROM runs')).toEqual([{ cost_usd: 0 }]);
  });
});

describe('resolutions', () => {
  test('who decided what, and why; the newest decision stands beside the call', async () => {
    const log = await oneCall(undefined, { position: 'load/call', call: 'tool', effect: 'irreversible' });
    const result = log.store('{"role":"tool"}');
    const decided = { type: 'call-resolved', position: 'load/call', by: 'ann' } as const;
    log.append('one', { ...decided, at: startMs + 3, decision: 'retry', why: 'it was not sent' });
    log.append('one', { ...decided, at: startMs + 4, decision: 'result', why: 'it was', result });
    await log.commit();
    const iso = '2026-11-20T09:30:00';
    expect(rows(log, 'SELECT * FROM resolutions')).toEqual([
      {
        run_id: 'one',
        position: 'load/call',
        decision: 'retry',
        decided_by: 'ann',
        why: 'it was not sent',
        result_hash: null,
        decided_at: `${iso}.253Z`,
        decided_at_ms: startMs + 3,
      },
      {
        run_id: 'one',
        position: 'load/call',
        decision: 'result',
        decided_by: 'ann',
        why: 'it was',
        result_hash: result,
        decided_at: `${iso}.254Z`,
        decided_at_ms: startMs + 4,
      },
    ]);
    expect(rows(log, 'SELECT status, resolved FROM tool_calls')).toEqual([
      { status: 'in-doubt', resolved: 'result' },
    ]);
    expect(rows(log, 'SELECT in_doubt FROM runs')).toEqual([{ in_doubt: 0 }]);
  });
});

describe('a run that goes on', () => {
  test('shows its newest state, and when it began', async () => {
    const log = tempLog();
    const state = async () => {
      await log.commit();
      return rows(
        log,
        'SELECT status, started_at_ms, ended_at_ms, resumes, error_code, root_hash FROM runs',
      )[0];
    };
    const root = expect.stringMatching(/^[0-9a-f]{64}$/);
    appendRun(log, 'one', { open: true });
    const error = { code: 'MODEL_QUOTA', message: 'No credit left.' };
    log.append('one', { type: 'run-ended', at: startMs + 50, status: 'failed', error });
    const failed = {
      started_at_ms: startMs,
      error_code: 'MODEL_QUOTA',
      ended_at_ms: startMs + 50,
      root_hash: root,
    };
    expect(await state()).toEqual({ ...failed, status: 'failed', resumes: 0 });
    const decided = { position: 'scan/t2.1', decision: 'skip', by: 'ann', why: 'w' } as const;
    log.append('one', { type: 'call-resolved', at: startMs + 55, ...decided });
    const afterDecision = await state();
    expect(afterDecision).toEqual({ ...failed, status: 'failed', resumes: 0 });
    log.append('one', { type: 'run-resumed', at: startMs + 60, program: 'p' });
    const running = { started_at_ms: startMs, ended_at_ms: null, error_code: null, root_hash: null };
    expect(await state()).toEqual({ ...running, status: 'running', resumes: 1 });
    log.append('one', { type: 'run-ended', at: startMs + 70, status: 'ok' });
    const ended = { started_at_ms: startMs, ended_at_ms: startMs + 70, error_code: null, root_hash: root };
    expect(await state()).toEqual({ ...ended, status: 'ok', resumes: 1 });
  });

  test.each([
    {
      again: [{ type: 'step-started', kind: 'prompt' }],
      status: 'running',
      startedAt: startMs + 10,
      endedAt: null,
    },
    {
      again: [
        { type: 'step-started', kind: 'prompt' },
        { type: 'step-ended', status: 'ok' },
      ],
      status: 'ok',
      startedAt: startMs + 10,
      endedAt: startMs + 11,
    },
    {
      again: [{ type: 'step-ended', status: 'ok' }],
      status: 'ok',
      startedAt: startMs + 1,
      endedAt: startMs + 10,
    },
    { again: [], status: 'failed', startedAt: startMs + 1, endedAt: startMs + 2 },
  ] as const)(
    'a step that failed shows its newest state: $status',
    async ({ again, status, startedAt, endedAt }) => {
      const log = tempLog();
      log.append('one', { type: 'run-started', at: startMs, workflowId: 'w', params: {}, program: 'p' });
      log.append('one', { type: 'step-started', at: startMs + 1, step: 'scan', kind: 'prompt' });
      log.append('one', { type: 'step-ended', at: startMs + 2, step: 'scan', status: 'failed' });
      log.append('one', { type: 'run-ended', at: startMs + 3, status: 'failed' });
      log.append('one', { type: 'run-resumed', at: startMs + 4, program: 'p' });
      for (const [index, event] of again.entries())
        log.append('one', { ...event, at: startMs + 10 + index, step: 'scan' });
      await log.commit();
      expect(rows(log, 'SELECT step, status, started_at_ms, ended_at_ms FROM steps')).toEqual([
        { step: 'scan', status, started_at_ms: startedAt, ended_at_ms: endedAt },
      ]);
    },
  );

  test('what a run took from its parent', async () => {
    const log = tempLog();
    const started = { type: 'run-started', at: startMs, workflowId: 'w', params: {}, program: 'p' } as const;
    log.append('one', { ...started, parentRunId: 'zero', origin: { kind: 'fork', from: 'scan/m2' } });
    await log.commit();
    expect(rows(log, 'SELECT parent_run_id, origin FROM runs')).toEqual([
      { parent_run_id: 'zero', origin: 'fork' },
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
        in_doubt_usd: 0,
      },
      expect.objectContaining({ run_id: 'two', day: '2026-11-21', cost_usd: null, calls_of_unknown_cost: 2 }),
    ]);
  });
});

const shell = '/usr/bin/sqlite3';

test
  .skipIf(!existsSync(shell))
  .each(['runs', 'steps', 'calls', 'model_calls', 'tool_calls', 'resolutions', 'costs', 'accounts'])(
  'a stock sqlite3 shell reads %s',
  async (view) => {
    const log = tempLog();
    appendRun(log, 'one');
    const decided = { position: 'scan/t1.1', decision: 'skip', by: 'ann', why: 'w' } as const;
    log.append('one', { type: 'call-resolved', at: startMs, ...decided });
    await log.commit();
    log.database.exec("INSERT INTO budget_accounts VALUES (1, 'purse', 0.5, 10, 0, 0)");
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
  for (const view of ['runs', 'steps', 'calls', 'model_calls', 'tool_calls', 'resolutions']) {
    const plan = log.database
      .prepare<[string], { detail: string }>(`EXPLAIN QUERY PLAN SELECT * FROM ${view} WHERE run_id = ?`)
      .all('one');
    expect(
      plan.map(({ detail }) => detail).filter((detail) => /^SCAN (events|v|b|s|e)\b/.test(detail)),
      view,
    ).toEqual([]);
  }
});
