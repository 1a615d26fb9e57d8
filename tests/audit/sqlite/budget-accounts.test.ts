import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyLog } from '../../../src/audit/sqlite/index.ts';
import { startChild } from '../support/child.ts';
import { appendRun } from '../support/sample-run.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

type Log = ReturnType<typeof tempLog>;
const request = 'a'.repeat(64);
const accountsOf = (log: Log) => log.database.prepare('SELECT * FROM accounts ORDER BY key').all();

/** How much was reserved or spent at the most, going through the events in the order in which they were written. */
function highestUse(log: Log): number {
  const rows = log.database
    .prepare<[], { type: string; usd: number }>(`
      SELECT type, coalesce(json_extract(rest, '$.reserved.usd'), json_extract(rest, '$.costUsd')) AS usd
      FROM events WHERE type IN ('call-begun', 'call-ended') ORDER BY id`)
    .all();
  let used = 0;
  let highest = 0;
  for (const { type, usd } of rows) {
    used += type === 'call-begun' ? usd : -usd; // an end costs half of what was reserved, and gives back the other half
    highest = Math.max(highest, used);
  }
  return highest;
}

describe('two processes that draw on one account', () => {
  test('never take more than is in it, and leave less than one call in it', { timeout: 60_000 }, async () => {
    const file = join(tempFolder(), 'audit.db');
    const log = tempLog({ file });
    const barrier = `${file}-go`;
    const children = ['left', 'right'].map((runId) =>
      startChild('spend.ts', [file, runId, '5', '0.01', '10'], { BARRIER: barrier }),
    );
    for (const child of children) expect(await child.line()).toBe('ready');
    writeFileSync(barrier, '');
    const said = await Promise.all(children.map((child) => child.line()));
    await Promise.all(children.map((child) => child.exit));
    const spent = said.map((line) => Number(/^spent (.+)$/.exec(line ?? '')?.[1]));
    expect(spent.every((usd) => usd > 0)).toBe(true);
    const total = spent.reduce((sum, usd) => sum + usd, 0);
    expect(total).toBeLessThanOrEqual(10 + 1e-9);
    expect(total).toBeGreaterThan(10 - 0.01 * 10);
    expect(highestUse(log)).toBeLessThanOrEqual(10 + 1e-9);
    expect(accountsOf(log)).toEqual([
      { key: 'shared', used_usd: expect.closeTo(total, 9), used_tokens: expect.any(Number) },
    ]);
    expect(verifyLog(log)).toMatchObject({ ok: true });
  });

  test('kill -9 in the middle of a call keeps what was reserved for it', async () => {
    const file = join(tempFolder(), 'audit.db');
    const child = startChild('spend.ts', [file, 'dead', '1', '0.75', '1', 'hang']);
    expect(await child.line()).toBe('begun');
    await child.kill();
    const log = tempLog({ file });
    expect(accountsOf(log)).toEqual([{ key: 'shared', used_usd: 0.75, used_tokens: 100 }]);
    const next = startChild('spend.ts', [file, 'next', '1', '0.5', '1']);
    expect(await next.line()).toBe('spent 0');
    await next.exit;
    expect(log.database.prepare('SELECT run_id, cost_usd, in_doubt FROM runs ORDER BY run_id').all()).toEqual(
      [
        { run_id: 'dead', cost_usd: 0.75, in_doubt: 1 },
        { run_id: 'next', cost_usd: 0, in_doubt: 0 },
      ],
    );
    expect(verifyLog(log)).toMatchObject({ ok: true });
  });
});

test('a refused call leaves no trace in the chain: numbers have no gap, and the run goes on', async () => {
  const log = tempLog();
  appendRun(log, 'one', { open: true });
  const accounts = [{ key: 'purse', usd: 1, counts: { runId: 'nobody' } }];
  const begin = (position: string, usd: number) => {
    const event = { type: 'call-begun', at: 1, position, call: 'model', name: 'm' } as const;
    return log.appendCharged(
      'one',
      { ...event, fingerprint: request, request: log.store('{}') },
      {
        accounts,
        usd,
        tokens: 1,
      },
    );
  };
  const refusals = [begin('late/m1', 0.5), begin('late/m2', 0.75), begin('late/m3', 0.5)];
  log.append('one', { type: 'run-ended', at: 2, status: 'stopped' });
  expect((await Promise.all(refusals)).map((refusal) => refusal?.account.key)).toEqual([
    undefined,
    'purse',
    undefined,
  ]);
  const seqs = log.database.prepare<[], number>('SELECT seq FROM events ORDER BY id').pluck().all();
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(verifyLog(log)).toMatchObject({ ok: true });
});

test.each(['usd = usd - 0.5', 'tokens = tokens - 1'])('verify finds money put back: %s', async (change) => {
  const log = tempLog();
  log.append('one', { type: 'run-started', at: 1, workflowId: 'w', params: {}, program: 'p' });
  const reserved = { accounts: ['purse', 'other'], usd: 1, tokens: 10 };
  const begun = { type: 'call-begun', at: 1, position: 'load/m1', call: 'model', name: 'm' } as const;
  const accounts = reserved.accounts.map((key) => ({ key, usd: 5, counts: {} }));
  const text = log.store('{}');
  await log.appendCharged(
    'one',
    { ...begun, fingerprint: text, request: text, reserved },
    { ...reserved, accounts },
  );
  expect(verifyLog(log)).toMatchObject({ ok: true });
  // Opened when a call had been made already: what that took is in it from the beginning.
  const late = { key: 'late', usd: 5, counts: {} };
  const next = { ...begun, position: 'load/m2', fingerprint: text, request: text };
  const dues = { ...reserved, accounts: ['late'] };
  await log.appendCharged('one', { ...next, reserved: dues }, { ...dues, accounts: [late] });
  for (const [key, took] of [
    ['purse', '\\$1 and 10'],
    ['late', '\\$2 and 20'],
  ]) {
    log.database.exec(`SAVEPOINT s; UPDATE budget_accounts SET ${change} WHERE key = '${key}'`);
    expect(verifyLog(log)).toMatchObject({
      ok: false,
      problems: [{ what: expect.stringMatching(`account "${key}" holds .* the calls took ${took} tokens`) }],
    });
    log.database.exec('ROLLBACK TO s; RELEASE s');
  }
  expect(verifyLog(log)).toMatchObject({ ok: true });
});
