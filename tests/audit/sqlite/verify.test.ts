import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { firstLink, nextLink } from '../../../src/audit/sqlite/chain-hash.ts';
import { openAuditLog, verifyLog, verifyRun } from '../../../src/audit/sqlite/index.ts';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import type { AuditEvent } from '../../../src/domain/events.ts';
import { appendRun, eventsOfRun, startMs } from '../support/sample-run.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

async function twoRuns(): Promise<string> {
  const file = join(tempFolder(), 'audit.db');
  const log = openAuditLog({ file, durability: 'normal' });
  appendRun(log, 'one');
  appendRun(log, 'two');
  await log.commit();
  log.close();
  return file;
}

/** What somebody with an SQL shell can do, once the triggers are out of the way. */
function tamper(file: string, sql: string): void {
  const database = new Database(file);
  database.pragma('foreign_keys = OFF');
  for (const trigger of ['events_are_kept', 'events_are_final', 'blobs_are_kept', 'blobs_are_final'])
    database.exec(`DROP TRIGGER ${trigger}`);
  database.exec(sql);
  database.close();
}

const whatIsWrong = (file: string): string[] => {
  const report = verifyLog(tempLog({ file, readOnly: true }));
  const problems = [...report.problems, ...report.runs.flatMap((run) => run.problems)];
  expect(report.ok).toBe(problems.length === 0);
  return problems.map(({ what }) => what);
};

describe('a log that nobody touched', () => {
  test('verifies, run by run and as a whole', async () => {
    const log = tempLog({ file: await twoRuns() });
    const one = { runId: 'one', events: eventsOfRun(2), problems: [], inDoubt: [] };
    expect(verifyLog(log)).toMatchObject({ ok: true, problems: [], runs: [one, { ...one, runId: 'two' }] });
    expect(verifyRun(log, 'one')).toMatchObject({ ok: true, problems: [], runs: [one] });
  });

  test('the root is derived as the documentation says', async () => {
    const log = tempLog({ file: await twoRuns() });
    let link = firstLink('one');
    // printf 'aiworkflow-run/1\none' | sha256sum
    expect(link).toBe('efac60122aa08e6d507adbf9de70643b93aa1a79530ac7a1216ab1858f7abffa');
    for (const event of log.events('one'))
      link = nextLink(link, canonicalJson(JSON.parse(JSON.stringify(event))));
    expect(verifyRun(log, 'one').runs[0]?.root).toBe(link);
    expect(log.database.prepare("SELECT root_hash FROM runs WHERE run_id = 'one'").pluck().get()).toBe(link);
  });

  test('a call that was begun and not ended is in doubt, and no problem', async () => {
    const log = tempLog();
    appendRun(log, 'one', { open: true });
    const request = log.store('{}');
    const call = { call: 'tool', name: 'lake.ingest', effect: 'irreversible' } as const;
    log.append('one', {
      type: 'call-begun',
      at: startMs,
      position: 'load/call',
      ...call,
      fingerprint: request,
      request,
    });
    await log.commit();
    expect(verifyLog(log)).toMatchObject({
      ok: true,
      runs: [{ inDoubt: [{ position: 'load/call', ...call }] }],
    });
  });

  test('an unknown run does not verify', () => {
    expect(verifyRun(tempLog(), 'nobody')).toMatchObject({
      ok: false,
      runs: [{ problems: [{ what: 'the run has no events' }] }],
    });
  });
});

const middle = "run = 1 AND type = 'call-ended' AND position = 'scan/m2'";
const lastRun = 'WHERE run = 2';

describe('a run that goes on after its end', () => {
  const appendEvents = async (...events: AuditEvent[]) => {
    const log = tempLog();
    appendRun(log, 'one');
    for (const event of events) log.append('one', event);
    await log.commit();
    return log;
  };
  const resumed: AuditEvent = { type: 'run-resumed', at: startMs, program: 'p' };
  const decided: AuditEvent = {
    type: 'call-resolved',
    at: startMs,
    position: 'scan/t1.1',
    decision: 'skip',
    by: 'ann',
    why: 'w',
  };
  const end: AuditEvent = { type: 'run-ended', at: startMs, status: 'ok' };

  test.each([
    { events: [resumed], ended: false },
    { events: [decided], ended: true },
    { events: [decided, resumed, decided, end], ended: true },
    { events: [resumed, end, resumed, end, decided, decided], ended: true },
    { events: [resumed, resumed], ended: false },
  ])('verifies: %#', async ({ events, ended }) => {
    // The second resume comes after a crash of the first.
    const log = tempLog();
    appendRun(log, 'one');
    for (const [index, event] of events.entries()) {
      if (event.type === 'run-resumed' && index > 0) log.release('one');
      log.append('one', event);
    }
    await log.commit();
    expect(verifyRun(log, 'one')).toMatchObject({
      ok: true,
      runs: [{ ended, events: eventsOfRun(2) + events.length }],
    });
  });

  test.each([
    { what: 'a decision', events: [decided], last: /ended with 14 events/ },
    { what: 'the second end', events: [resumed, end], last: /ended with 15 events/ },
    {
      what: 'a decision after the second end',
      events: [resumed, end, decided],
      last: /ended with 16 events/,
    },
  ])('shows that $what was cut off', async ({ events, last }) => {
    const log = await appendEvents(...events);
    const { file } = log;
    log.close();
    tamper(file, 'DELETE FROM events WHERE id = (SELECT max(id) FROM events)');
    expect(whatIsWrong(file)).toContainEqual(expect.stringMatching(last));
  });

  test('shows that the note of its end was removed', async () => {
    const log = await appendEvents();
    log.database.exec('DELETE FROM run_ends');
    expect(verifyRun(log, 'one').runs[0]?.problems).toEqual([
      { what: 'the run has ended, and the note of its end was removed' },
    ]);
  });

  test('a call in doubt that was decided about is no longer listed', async () => {
    const log = await appendEvents(resumed);
    const request = log.store('{}');
    const call = {
      type: 'call-begun',
      at: startMs,
      call: 'tool',
      name: 't',
      fingerprint: request,
      request,
    } as const;
    for (const position of ['load/call', 'load/call!2']) log.append('one', { ...call, position });
    log.append('one', { ...decided, position: 'load/call', decision: 'retry' });
    await log.commit();
    expect(verifyRun(log, 'one')).toMatchObject({
      ok: true,
      runs: [{ inDoubt: [{ position: 'load/call!2' }] }],
    });
  });

  test.each([
    {
      what: 'a call that is begun again',
      position: 'scan/m1',
      type: 'call-begun',
      says: 'the call is begun a second time',
    },
    {
      what: 'a decision about nothing',
      position: 'load/call',
      type: 'call-resolved',
      says: 'it is decided about a call that was not begun',
    },
    {
      what: 'a second end of a call',
      position: 'scan/m1',
      type: 'call-ended',
      says: 'the call ends and was not begun',
    },
  ])('$what is no possible story', async ({ position, type, says }) => {
    const log = await appendEvents(resumed);
    // No program of ours writes this; the chain fits, so only the story tells.
    const event = {
      type,
      at: startMs,
      position,
      status: 'ok',
      durationMs: 1,
      source: 'live',
      decision: 'skip',
    };
    log.append('one', { ...event, request: log.store('{}') } as unknown as AuditEvent);
    await log.commit();
    expect(verifyRun(log, 'one').runs[0]?.problems).toEqual([
      { seq: eventsOfRun(2) + 2, position, what: says },
    ]);
  });
});

describe('tampering is found', () => {
  test.each([
    {
      what: 'a byte of a text',
      sql: "UPDATE blobs SET body = CAST(replace(CAST(body AS TEXT), 'Read', 'Reed') AS BLOB) WHERE encoding = 'utf8'",
      says: /was changed/,
    },
    {
      what: 'a byte of a compressed text',
      sql: "UPDATE blobs SET body = CAST(substr(body, 1, 20) || x'00' || substr(body, 22) AS BLOB) WHERE encoding <> 'utf8'",
      says: /was changed/,
    },
    {
      what: 'a text removed',
      sql: 'DELETE FROM blobs WHERE id = (SELECT result FROM events WHERE result IS NOT NULL)',
      says: /names the text in row \d+, which was removed/,
    },
    {
      what: 'a text nobody names',
      sql: "INSERT INTO blobs (hash, encoding, body) VALUES (x'aa', 'utf8', x'bb')",
      says: /text under aa was changed/,
    },
    {
      what: 'a field in JSON',
      sql: `UPDATE events SET rest = json_set(rest, '$.costUsd', 0) WHERE ${middle}`,
      says: /does not fit its hash/,
    },
    { what: 'a time', sql: `UPDATE events SET at = at + 1 WHERE ${middle}`, says: /does not fit its hash/ },
    {
      what: 'token counts',
      sql: `UPDATE events SET usage = '[1,1,0,0,0]' WHERE ${middle}`,
      says: /does not fit its hash/,
    },
    {
      what: 'another result',
      sql: `UPDATE events SET result = 1 WHERE ${middle}`,
      says: /does not fit its hash/,
    },
    { what: 'JSON that is none', sql: `UPDATE events SET rest = '{' WHERE ${middle}`, says: /is damaged/ },
    {
      what: 'a link',
      sql: `UPDATE events SET chain = zeroblob(32) WHERE ${middle}`,
      says: /does not fit its hash/,
    },
    { what: 'an event removed', sql: `DELETE FROM events WHERE ${middle}`, says: /1 events were removed/ },
    {
      what: 'an event removed and the rest renumbered',
      sql: `DELETE FROM events WHERE ${middle}; UPDATE events SET seq = -seq WHERE run = 1 AND seq > 7; UPDATE events SET seq = -seq - 1 WHERE run = 1 AND seq < 0`,
      says: /does not fit its hash/,
    },
    {
      what: 'two events swapped',
      sql: 'UPDATE events SET seq = 99 WHERE run = 1 AND seq = 4; UPDATE events SET seq = 4 WHERE run = 1 AND seq = 5; UPDATE events SET seq = 5 WHERE run = 1 AND seq = 99',
      says: /does not fit its hash/,
    },
    {
      what: 'the last event removed',
      sql: 'DELETE FROM events WHERE run = 2 AND seq = 13',
      says: /ended with 13 events/,
    },
    {
      what: 'a run removed',
      sql: 'DELETE FROM events WHERE run = 1; DELETE FROM run_ends WHERE run = 1; DELETE FROM run_keys WHERE run = 1',
      says: /1 runs were removed/,
    },
    {
      what: "a run's events removed",
      sql: `DELETE FROM events ${lastRun}; DELETE FROM run_ends ${lastRun}`,
      says: /the run has no events/,
    },
    {
      what: 'runs that swap their names',
      sql: "UPDATE run_keys SET run_id = 'x' WHERE run = 1; UPDATE run_keys SET run_id = 'one' WHERE run = 2; UPDATE run_keys SET run_id = 'two' WHERE run = 1",
      says: /does not fit its hash/,
    },
    {
      what: 'an event after the end',
      sql: "INSERT INTO events (run, seq, at, type, rest, chain) VALUES (1, 14, 0, 'step-ended', '{}', zeroblob(32))",
      says: /after the run has ended/,
    },
  ])('$what', async ({ sql, says }) => {
    const file = await twoRuns();
    tamper(file, sql);
    expect(whatIsWrong(file)).toContainEqual(expect.stringMatching(says));
  });

  test('a changed event is one problem, with its place', async () => {
    const file = await twoRuns();
    tamper(file, `UPDATE events SET at = at + 1 WHERE ${middle}`);
    const log = tempLog({ file, readOnly: true });
    expect(verifyRun(log, 'one').runs[0]?.problems).toEqual([
      { seq: 8, position: 'scan/m2', what: 'the event does not fit its hash: it was changed' },
    ]);
    expect(verifyRun(log, 'two').ok).toBe(true);
  });

  test('an event that cannot be read is one problem, not one for each after it', async () => {
    const file = await twoRuns();
    tamper(file, `UPDATE events SET rest = '{' WHERE ${middle}`);
    const { problems = [] } = verifyRun(tempLog({ file, readOnly: true }), 'one').runs[0] ?? {};
    expect(problems.map(({ seq }) => seq)).toEqual([8]);
  });

  test.each([0.3, 0.6, 0.9])('a file cut to %f of its length', async (part) => {
    const file = await twoRuns();
    truncateSync(file, Math.floor(statSync(file).size * part));
    const open = () => whatIsWrong(file);
    let problems: string[];
    try {
      problems = open();
    } catch (error) {
      expect(error).toMatchObject({ code: 'LOG_UNOPENABLE' });
      return;
    }
    expect(problems.length).toBeGreaterThan(0);
  });

  test('reading damaged texts and events throws', async () => {
    const file = await twoRuns();
    tamper(file, `UPDATE events SET rest = '{' WHERE ${middle}; UPDATE blobs SET body = x'00'`);
    const log = tempLog({ file });
    const hash = String(log.database.prepare('SELECT request_hash FROM calls').pluck().get());
    const corrupt = expect.objectContaining({ code: 'LOG_CORRUPT' });
    expect(() => log.load(hash)).toThrow(corrupt);
    expect(() => [...log.events('one')]).toThrow(corrupt);
  });
});

test('slips in an SQL shell are refused', async () => {
  const database = new Database(await twoRuns());
  for (const sql of [
    'DELETE FROM events',
    'UPDATE events SET at = 0',
    'DELETE FROM blobs',
    "UPDATE blobs SET body = x''",
  ])
    expect(() => database.exec(sql)).toThrow(/append-only/);
  database.close();
});
