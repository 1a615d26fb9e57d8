import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  exportRun,
  findRun,
  importRun,
  type PruneOptions,
  pruneRuns,
  redactRun,
  verifyLog,
} from '../../../src/audit/sqlite/index.ts';
import type { RunEnded } from '../../../src/domain/events.ts';
import { appendRun } from '../support/sample-run.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

type Log = ReturnType<typeof tempLog>;

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 20);
const ago = (days: number): number => nowMs - days * dayMs;
const options = (more: Partial<PruneOptions> = {}): PruneOptions => ({
  olderThanMs: ago(90),
  by: 'ada',
  why: 'the year is over',
  nowMs,
  ...more,
});

function appendEnded(
  log: Log,
  runId: string,
  end: { readonly days: number; readonly status: RunEnded['status']; readonly parentRunId?: string },
): void {
  const { parentRunId } = end;
  const at = ago(end.days);
  const lineage = parentRunId === undefined ? {} : { parentRunId };
  log.append(runId, { type: 'run-started', at, workflowId: 'short', params: {}, program: 'p', ...lineage });
  log.append(runId, { type: 'run-ended', at, status: end.status, result: log.store(`of ${runId}`) });
}

/** Interleaved, as runs at the same time are: their rows lie between each other. */
async function mixedLog(): Promise<{ log: Log; file: string }> {
  const file = join(tempFolder(), 'audit.db');
  const log = tempLog({ file });
  appendRun(log, 'old', { atMs: ago(200), turns: 40 });
  appendEnded(log, 'old-failed', { days: 150, status: 'failed' });
  appendEnded(log, 'old-waiting', { days: 140, status: 'waiting' });
  appendRun(log, 'old-too', { atMs: ago(120), parentRunId: 'old' });
  appendRun(log, 'child', { atMs: ago(3), parentRunId: 'old' });
  appendRun(log, 'new', { atMs: ago(1) });
  await log.commit();
  return { log, file };
}

const runIds = (log: Log) => log.database.prepare('SELECT run_id FROM run_keys ORDER BY run').pluck().all();
const prunedIds = (log: Log, more: Partial<PruneOptions> = {}) =>
  pruneRuns(log, options(more)).prune.map(({ runId }) => runId);

describe('pruneRuns', () => {
  test('removes whole old runs and their texts, gives the space back, and the log verifies', async () => {
    const { log, file } = await mixedLog();
    const before = [...exportRun(log, 'child')];
    const done = pruneRuns(log, options());
    expect(done.prune.map(({ runId }) => runId)).toEqual(['old', 'old-failed', 'old-too']);
    expect(done).toMatchObject({ kept: { waiting: 1, young: 2 }, withoutParent: 1 });
    expect(done.texts).toBeGreaterThan(80);
    expect(done).not.toHaveProperty('remains');
    expect(done.bytesAfter).toBeLessThan(done.bytesBefore);
    expect(statSync(file).size).toBe(done.bytesAfter);
    expect(runIds(log)).toEqual(['old-waiting', 'child', 'new']);
    expect(verifyLog(log)).toMatchObject({ ok: true, problems: [], pruned: 3 });
    expect([...exportRun(log, 'child')]).toEqual(before);
    expect(log.database.pragma('foreign_key_check')).toEqual([]);
    expect(log.database.pragma('foreign_keys', { simple: true })).toBe(1);
  });

  test('a fork that stopped early and stays keeps its parents: a resume would need them', async () => {
    const log = tempLog();
    appendRun(log, 'first', { atMs: ago(200) });
    appendEnded(log, 'fork', { days: 150, status: 'failed', parentRunId: 'first' });
    appendEnded(log, 'fork-of-fork', { days: 2, status: 'failed', parentRunId: 'fork' });
    appendRun(log, 'other', { atMs: ago(200) });
    appendEnded(log, 'old-fork', { days: 150, status: 'failed', parentRunId: 'other' });
    await log.commit();
    const done = pruneRuns(log, options());
    expect(done.prune.map(({ runId }) => runId)).toEqual(['other', 'old-fork']);
    expect(done.kept).toEqual({ young: 1, 'parent of an unfinished run': 2 });
  });

  test('a pruned run is answered for: when, who, why, and its root', async () => {
    const { log } = await mixedLog();
    const root = verifyLog(log).runs.find(({ runId }) => runId === 'old-failed')?.root;
    pruneRuns(log, options());
    for (const asked of ['old-failed', 'old-f'])
      expect(() => findRun(log, asked)).toThrow(
        expect.objectContaining({
          code: 'RUN_UNKNOWN',
          message: `Run old-failed was pruned on 2026-11-20 by ada (the year is over). It had 2 events and the root ${root}.`,
        }),
      );
    expect(() => findRun(log, 'old-nobody')).toThrow(/No run "old-nobody"/);
  });

  test.each([
    { what: '--keep failed', more: { keep: ['failed'] }, gone: ['old', 'old-too'] },
    { what: '--keep of several', more: { keep: ['failed', 'ok'] }, gone: [] },
    { what: '--keep-last 1 of each workflow', more: { keepLast: 1 }, gone: ['old', 'old-failed', 'old-too'] },
    { what: '--keep-last 3', more: { keepLast: 3 }, gone: ['old'] },
    { what: '--keep-last 4', more: { keepLast: 4 }, gone: [] },
    {
      what: '--even waiting',
      more: { even: ['waiting'] },
      gone: ['old', 'old-failed', 'old-waiting', 'old-too'],
    },
    { what: 'another age', more: { olderThanMs: ago(190) }, gone: ['old'] },
    { what: 'an age that no run has', more: { olderThanMs: ago(900) }, gone: [] },
  ] as { what: string; more: Partial<PruneOptions>; gone: string[] }[])('$what', async ({ more, gone }) => {
    const { log } = await mixedLog();
    expect(prunedIds(log, more)).toEqual(gone);
    expect(verifyLog(log)).toMatchObject({ ok: true, pruned: gone.length });
  });

  test('a dry run changes nothing', async () => {
    const { log } = await mixedLog();
    const changes = log.database.prepare('SELECT total_changes()').pluck();
    const before = changes.get();
    expect(prunedIds(log, { dryRun: true })).toEqual(['old', 'old-failed', 'old-too']);
    expect(changes.get()).toBe(before);
  });

  test('a run with a call in doubt stays, until somebody says otherwise or decided it', async () => {
    const { log, file } = await mixedLog();
    const request = log.store('{}');
    const call = {
      call: 'tool',
      name: 'lake.load',
      effect: 'irreversible',
      fingerprint: request,
      request,
    } as const;
    appendRun(log, 'doubt', { atMs: ago(100), open: true });
    log.append('doubt', { type: 'call-begun', at: ago(100), position: 'load/call', ...call });
    log.append('doubt', { type: 'run-ended', at: ago(100), status: 'failed' });
    await log.commit();
    expect(pruneRuns(log, options({ dryRun: true }))).toMatchObject({ kept: { 'in-doubt': 1 } });
    expect(prunedIds(log, { even: ['in-doubt'], dryRun: true })).toContain('doubt');
    const decision = { decision: 'skip', result: request, by: 'ada', why: 'looked' } as const;
    log.append('doubt', { type: 'call-resolved', at: ago(99), position: 'load/call', ...decision });
    await log.commit();
    expect(prunedIds(tempLog({ file }))).toContain('doubt');
  });

  test('what is written afterwards verifies, also when the newest run was pruned, and after a second prune', async () => {
    const { log } = await mixedLog();
    expect(prunedIds(log, { olderThanMs: nowMs, even: ['waiting'] })).toHaveLength(6);
    expect(runIds(log)).toEqual([]);
    expect(verifyLog(log)).toMatchObject({ ok: true, pruned: 6 });
    appendRun(log, 'later', { atMs: ago(80) });
    appendRun(log, 'old', { atMs: ago(0) });
    await log.commit();
    expect(verifyLog(log)).toMatchObject({ ok: true });
    expect(prunedIds(log, { olderThanMs: ago(50) })).toEqual(['later']);
    appendRun(log, 'last', { atMs: ago(0) });
    await log.commit();
    expect(verifyLog(log)).toMatchObject({ ok: true, pruned: 7 });
    expect(findRun(log, 'old')).toBe('old');
  });

  test('texts that runs share stay: frames, tool definitions, schemas, definitions, items', async () => {
    const { log } = await mixedLog();
    const kept = ['child', 'new', 'old-waiting'].map((runId) => [...exportRun(log, runId)]);
    pruneRuns(log, options());
    expect(['child', 'new', 'old-waiting'].map((runId) => [...exportRun(log, runId)])).toEqual(kept);
    // and nothing else
    const named = new Set(kept.flat().flatMap((line) => JSON.parse(line).blob ?? []));
    expect(log.database.prepare('SELECT count(*) FROM blobs').pluck().get()).toBe(named.size);
  });

  test('an imported run counts from its import', async () => {
    const { log } = await mixedLog();
    const file = join(tempFolder(), 'run.jsonl');
    writeFileSync(file, [...exportRun(log, 'old')].join('\n'));
    pruneRuns(log, options());
    importRun(log, file, { nowMs });
    expect(prunedIds(log)).toEqual([]);
    expect(verifyLog(log)).toMatchObject({ ok: true, pruned: 3 });
    expect(prunedIds(log, { olderThanMs: nowMs + 1 })).toContain('old');
    expect(verifyLog(log)).toMatchObject({ ok: true });
  });

  test('a run whose texts were redacted goes like any other', async () => {
    const { log } = await mixedLog();
    redactRun(log, 'old', {
      match: (text) => text.includes('"of":"old"'),
      by: 'ada',
      why: 'asked',
      allRuns: true,
    });
    expect(prunedIds(log)).toContain('old');
    appendRun(log, 'after', { atMs: nowMs, turns: 60 });
    await log.commit();
    expect(verifyLog(log)).toMatchObject({ ok: true, redacted: 0 });
  });

  test('budgets keep what pruned runs have spent', async () => {
    const { log } = await mixedLog();
    const request = log.store('{}');
    const accounts = [
      { key: 'short 2026', usd: 10, counts: { workflowId: 'short' } },
      { key: 'run spender', usd: 9, counts: { runId: 'spender' } },
    ];
    const call = { call: 'model', name: 'a:b', fingerprint: request, request } as const;
    const reserved = { accounts: accounts.map(({ key }) => key), usd: 2, tokens: 10 };
    for (const runId of ['spender', 'lost', 'staying']) {
      const at = runId === 'staying' ? nowMs : ago(95);
      log.append(runId, { type: 'run-started', at, workflowId: 'short', params: {}, program: 'p' });
      const begun = { type: 'call-begun', at, position: 'a/m1', ...call, reserved } as const;
      expect(await log.appendCharged(runId, begun, { accounts, usd: 2, tokens: 10 })).toBeUndefined();
      const ended = {
        type: 'call-ended',
        at,
        position: 'a/m1',
        status: 'ok',
        source: 'live',
        durationMs: 1,
      } as const;
      const settlement = { accounts: reserved.accounts, usd: -0.5, tokens: 0 };
      if (runId !== 'lost') log.append(runId, { ...ended, costUsd: 1.5 }, settlement);
      log.append(runId, { type: 'run-ended', at, status: 'ok' });
    }
    await log.commit();
    const account = log.database.prepare('SELECT key, usd, opened_usd FROM budget_accounts ORDER BY key');
    expect(verifyLog(log)).toMatchObject({ ok: true });
    expect(prunedIds(log, { even: ['in-doubt'] })).toEqual(expect.arrayContaining(['spender', 'lost']));
    expect(account.all()).toEqual([{ key: 'short 2026', usd: 5, opened_usd: 3.5 }]);
    expect(verifyLog(log)).toMatchObject({ ok: true });
    log.database.exec('UPDATE budget_accounts SET usd = 4');
    expect(verifyLog(log)).toMatchObject({ ok: false });
  });
});

describe('a run that a living process works on', () => {
  const holder = fileURLToPath(new URL('../fixtures/run-with-parent.ts', import.meta.url));

  async function heldElsewhere(file: string, runId: string, parent: string): Promise<() => Promise<void>> {
    const child = spawn(process.execPath, [holder, file, runId, parent], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const end = async (): Promise<void> => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
    onTestFinished(end);
    await once(child.stdout, 'data');
    return end;
  }

  test('stays, with its parent; texts and space wait for the next prune', async () => {
    const { log, file } = await mixedLog();
    const end = await heldElsewhere(file, 'held', 'old');
    const first = pruneRuns(log, options({ olderThanMs: nowMs, even: ['waiting'] }));
    expect(first.kept).toEqual({ 'under way': 1, 'parent of a run under way': 1 });
    expect(first).toMatchObject({ remains: 'runs are under way' });
    expect(first).not.toHaveProperty('texts');
    expect(runIds(log)).toEqual(['old', 'held']);
    expect(verifyLog(log)).toMatchObject({ ok: true });
    await end();
    const second = pruneRuns(log, options({ olderThanMs: nowMs + dayMs, even: ['waiting', 'in-doubt'] }));
    expect(second.prune.map(({ runId, status }) => [runId, status])).toEqual([
      ['old', 'ok'],
      ['held', 'died'],
    ]);
    expect(log.database.prepare('SELECT count(*) FROM blobs').pluck().get()).toBe(0);
    expect(verifyLog(log)).toMatchObject({ ok: true, pruned: 7 });
  });

  test.each([
    { what: 'goes on', work: (other: Log) => other.claim('old-failed') },
    {
      what: 'goes on, and stops again',
      work: (other: Log) => {
        other.append('old-failed', { type: 'run-resumed', at: nowMs, program: 'p' });
        other.append('old-failed', { type: 'run-ended', at: nowMs, status: 'failed' });
        other.release('old-failed');
      },
    },
  ])('one that $what after the plan was made stays', async ({ work }) => {
    const { log, file } = await mixedLog();
    const other = tempLog({ file });
    const choice = {
      ...options(),
      // Asked for when the plan is made, and before anything is removed.
      get dryRun(): boolean {
        work(other);
        return false;
      },
    };
    expect(pruneRuns(log, choice).prune.map(({ runId }) => runId)).toEqual(['old', 'old-too']);
    expect(runIds(log)).toContain('old-failed');
    expect(verifyLog(log)).toMatchObject({ ok: true, pruned: 2 });
  });

  test('one that is given back after the plan was made waits for the next prune, with its texts', async () => {
    const { log, file } = await mixedLog();
    const other = tempLog({ file });
    other.claim('old-failed');
    const choice = {
      ...options(),
      get dryRun(): boolean {
        other.release('old-failed');
        return false;
      },
    };
    expect(pruneRuns(log, choice).prune.map(({ runId }) => runId)).toEqual(['old', 'old-too']);
    expect(prunedIds(log)).toEqual(['old-failed']);
    expect(verifyLog(log)).toMatchObject({ ok: true, pruned: 3 });
  });

  test('a process that knew a text before it was pruned stores it again', async () => {
    const { log, file } = await mixedLog();
    const other = tempLog({ file });
    appendRun(other, 'warm', { atMs: ago(200) });
    await other.commit();
    pruneRuns(log, options({ olderThanMs: nowMs, even: ['waiting'] }));
    expect(log.database.prepare('SELECT count(*) FROM blobs').pluck().get()).toBe(0);
    appendRun(other, 'next', { atMs: nowMs });
    await other.commit();
    expect(verifyLog(log)).toMatchObject({ ok: true, runs: [{ runId: 'next' }] });
  });
});

describe('what is gone without being announced is tampering', () => {
  test.each([
    {
      what: 'an event',
      sql: 'DROP TRIGGER events_are_kept; DELETE FROM events WHERE id = (SELECT max(id) - 5 FROM events)',
      says: /1 events were removed/,
    },
    {
      what: 'a text',
      sql: 'PRAGMA foreign_keys = OFF; DROP TRIGGER blobs_are_kept; DELETE FROM blobs WHERE id = (SELECT max(id) - 1 FROM blobs)',
      says: /1 texts were removed/,
    },
    {
      what: 'a run, announced too late',
      sql: `PRAGMA foreign_keys = OFF; DROP TRIGGER events_are_kept;
        INSERT INTO pruned_runs (run_id, workflow_id, status, started_at, last_at, events, root, at, by, why)
          VALUES ('child', 'sample', 'ok', 0, 0, 13, x'00', 0, 'x', 'x');
        DELETE FROM events WHERE run = 5; DELETE FROM run_ends WHERE run = 5; DELETE FROM run_keys WHERE run = 5`,
      says: /13 events were removed/,
    },
    {
      what: 'more gaps announced than there are',
      sql: 'INSERT INTO announced_gaps (events, texts, runs, at) VALUES (9999, 0, 0, 0)',
      says: /events stand where a prune announced none/,
    },
  ])('$what', async ({ sql, says }) => {
    const { log } = await mixedLog();
    pruneRuns(log, options());
    log.database.exec(sql);
    const { ok, problems } = verifyLog(log);
    expect(ok).toBe(false);
    expect(problems.map(({ what }) => what)).toContainEqual(expect.stringMatching(says));
    expect(() => pruneRuns(log, options({ olderThanMs: nowMs }))).toThrow(
      expect.objectContaining({
        code: 'LOG_CORRUPT',
        message: expect.stringContaining('nothing was taken out'),
      }),
    );
  });

  test('slips in an SQL shell are refused before and after a prune', async () => {
    const { log } = await mixedLog();
    pruneRuns(log, options());
    for (const sql of [
      'DELETE FROM events',
      'DELETE FROM blobs',
      'DELETE FROM pruned_runs',
      "UPDATE pruned_runs SET why = ''",
    ])
      expect(() => log.database.exec(sql)).toThrow(/append-only/);
  });

  test('a prune that is cut off leaves the log as it was', async () => {
    const { log } = await mixedLog();
    log.database.exec(
      "CREATE TRIGGER stop BEFORE INSERT ON announced_gaps BEGIN SELECT raise(ABORT, 'stopped'); END",
    );
    expect(() => pruneRuns(log, options())).toThrow(expect.objectContaining({ code: 'LOG_UNWRITABLE' }));
    expect(verifyLog(log)).toMatchObject({ ok: true, pruned: 0 });
    expect(runIds(log)).toHaveLength(6);
    log.database.exec('DROP TRIGGER stop');
    expect(prunedIds(log)).toHaveLength(3);
  });
});

test('any sqlite3 shell reads a pruned log', async () => {
  if (!existsSync('/usr/bin/sqlite3')) return;
  const { log, file } = await mixedLog();
  pruneRuns(log, options());
  log.close();
  expect(execFileSync('sqlite3', [file, 'SELECT count(*) FROM runs'], { encoding: 'utf8' })).toBe('3\n');
});
