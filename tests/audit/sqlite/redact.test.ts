import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import {
  exportRun,
  importRun,
  openAuditLog,
  redactRun,
  verifyExport,
  verifyLog,
  verifyRun,
} from '../../../src/audit/sqlite/index.ts';
import { parseRunExport } from '../../../src/domain/run-export.ts';
import { appendRun, startMs } from '../support/sample-run.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

type Log = ReturnType<typeof tempLog>;

const secret = 'Margarete Quittenbaum, Tulpenweg 7';
const who = { by: 'ada', why: 'asked for by the customer', nowMs: startMs };
const matching = (text: string) => ({ match: (candidate: string) => candidate.includes(text), ...who });

/** A run with the name in its first text, in the middle of a long one, and escaped in the arguments of a call. */
function appendCustomer(log: Log, runId: string, params = {}): void {
  const prompt = log.store(
    JSON.stringify({ role: 'user', content: [{ type: 'text', text: `Write to ${secret}.` }] }),
  );
  const frame = log.store('{"model":"a:b","settings":{},"tools":[]}');
  const noise = Array.from({ length: 4_000 }, (_, index) =>
    createHash('sha256').update(`${index}`).digest('base64'),
  );
  const long = log.store(JSON.stringify({ role: 'tool', content: noise.toSpliced(2_000, 0, secret) }));
  const args = JSON.stringify({ to: secret.replace('u', '\\u0075') }).replace('\\\\u', '\\u');
  const answer = log.store(
    JSON.stringify({ role: 'assistant', parts: [{ type: 'tool-call', argumentsText: args }] }),
  );
  const harmless = log.store(`nothing about anybody, ${runId}`);
  const call = { call: 'model', name: 'a:b', request: frame } as const;
  const ended = { type: 'call-ended', status: 'ok', source: 'live', durationMs: 1 } as const;
  log.append(runId, { type: 'run-started', at: startMs, workflowId: 'letters', params, program: 'p' });
  log.append(runId, { type: 'step-started', at: startMs, step: 'write', kind: 'prompt' });
  log.append(runId, {
    type: 'call-begun',
    at: startMs,
    position: 'write/m1',
    ...call,
    fingerprint: frame,
    added: [prompt],
  });
  log.append(runId, { ...ended, at: startMs, position: 'write/m1', result: answer });
  log.append(runId, {
    type: 'call-begun',
    at: startMs,
    position: 'write[2]/m1',
    ...call,
    fingerprint: frame,
    added: [long],
  });
  log.append(runId, { ...ended, at: startMs, position: 'write[2]/m1', result: harmless });
  log.append(runId, { type: 'step-ended', at: startMs, step: 'write', status: 'ok', result: harmless });
  log.append(runId, { type: 'run-ended', at: startMs, status: 'ok', result: harmless });
}

async function customerLog(params = {}): Promise<{ log: Log; file: string }> {
  const file = join(tempFolder(), 'audit.db');
  const log = tempLog({ file });
  // First, on the very page that is split later: what was moved from it leaves a copy behind.
  appendCustomer(log, 'letter', params);
  await log.commit();
  for (let index = 0; index < 60; index++) appendRun(log, `other-${index}`);
  await log.commit();
  return { log, file };
}

const bytesOf = (file: string): Buffer =>
  Buffer.concat(
    ['', '-wal', '-shm'].filter((end) => existsSync(file + end)).map((end) => readFileSync(file + end)),
  );

const textOf = (log: Log, hash: string) => () => log.load(hash);
const redactedError = expect.objectContaining({
  code: 'TEXT_REDACTED',
  message: expect.stringContaining('was redacted on 2026-11-20 by ada: asked for by the customer'),
});

describe('redactRun', () => {
  test('takes whole texts out; the chain verifies, and what is gone is counted and no problem', async () => {
    const { log } = await customerLog();
    const root = verifyRun(log, 'letter').runs[0]?.root;
    const done = redactRun(log, 'letter', matching('Quittenbaum'));
    expect(done).toMatchObject({ runId: 'letter', otherRuns: [], inEvents: [], wiped: true });
    expect(done.texts).toHaveLength(3);
    for (const { hash } of done.texts) expect(textOf(log, hash)).toThrow(redactedError);
    expect(verifyRun(log, 'letter')).toMatchObject({ ok: true, runs: [{ root, redacted: 3, problems: [] }] });
    expect(verifyLog(log)).toMatchObject({ ok: true, redacted: 3, unwiped: false });
    expect(() => redactRun(log, 'letter', matching('Quittenbaum'))).toThrow(
      expect.objectContaining({ code: 'NOTHING_MATCHES' }),
    );
  });

  test('no byte of them is left in the database, its write-ahead log or its shared memory', async () => {
    const { log, file } = await customerLog();
    const needles = [Buffer.from('Quittenbaum'), Buffer.from('Tulpenweg')];
    const body = log.database
      .prepare<[], Buffer>(
        "SELECT body FROM blobs WHERE encoding = 'zstd' ORDER BY length(body) DESC LIMIT 1",
      )
      .pluck()
      .get();
    // The long text is packed, and over many pages: a piece of it from within a page is looked for.
    const piece = body?.subarray(body.length / 2, body.length / 2 + 64);
    if (!piece) throw new Error('no long text');
    const before = bytesOf(file);
    for (const needle of [...needles, piece]) expect(before.includes(needle)).toBe(true);
    redactRun(log, 'letter', matching('Quittenbaum'));
    for (const needle of [...needles, piece]) expect(bytesOf(file).includes(needle)).toBe(false);
    log.close();
    for (const needle of [...needles, piece]) expect(bytesOf(file).includes(needle)).toBe(false);
  });

  test('whoever has the text can prove that it was this one', async () => {
    const { log } = await customerLog();
    const { texts } = redactRun(log, 'letter', { ...matching('Write to'), dryRun: true });
    const original = log.load(texts[0]?.hash ?? '') ?? '';
    redactRun(log, 'letter', matching('Write to'));
    const row = log.database.prepare('SELECT salt, digest, at, by, why FROM redactions').get() as Record<
      string,
      string
    >;
    expect(row).toMatchObject({ at: startMs, by: 'ada', why: 'asked for by the customer' });
    expect(createHash('sha256').update(`${row['salt']}${original}`).digest('hex')).toBe(row['digest']);
    expect(row['salt']).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each([
    { what: 'a step with its items', narrow: { step: 'write' }, texts: 3 },
    { what: 'an item', narrow: { step: 'write[2]' }, texts: 1 },
    { what: 'a step that only begins alike', narrow: { step: 'wri' }, texts: 0 },
    { what: 'a call', narrow: { call: 1 }, texts: 2 },
    { what: 'another call', narrow: { call: 2 }, texts: 1 },
  ])('only what $what named', async ({ narrow, texts }) => {
    const { log } = await customerLog();
    const redact = () => redactRun(log, 'letter', { ...matching('Quittenbaum'), ...narrow });
    if (texts === 0) expect(redact).toThrow(expect.objectContaining({ code: 'NOTHING_MATCHES' }));
    else expect(redact().texts).toHaveLength(texts);
    expect(verifyLog(log)).toMatchObject({ ok: true, redacted: texts });
  });

  test('a dry run changes nothing', async () => {
    const { log } = await customerLog();
    const changes = log.database.prepare('SELECT total_changes()').pluck();
    const before = changes.get();
    expect(redactRun(log, 'letter', { ...matching('Quittenbaum'), dryRun: true }).texts).toHaveLength(3);
    expect(changes.get()).toBe(before);
    expect(verifyLog(log)).toMatchObject({ ok: true, redacted: 0 });
  });

  test('what stands in events stays, and is named with its place', async () => {
    const { log } = await customerLog({ customer: { name: secret }, note: ['x', `for ${secret}`] });
    const done = redactRun(log, 'letter', matching('Quittenbaum'));
    expect(done.texts).toHaveLength(3);
    expect(done.inEvents).toEqual([
      { seq: 1, type: 'run-started', field: 'params.customer.name' },
      { seq: 1, type: 'run-started', field: 'params.note[1]' },
    ]);
    expect(verifyLog(log)).toMatchObject({ ok: true });
  });

  test('texts that other runs name too are not taken without a word', async () => {
    const { log } = await customerLog();
    appendCustomer(log, 'copy');
    await log.commit();
    expect(() => redactRun(log, 'letter', matching('Quittenbaum'))).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('copy') }),
    );
    expect(verifyLog(log)).toMatchObject({ redacted: 0 });
    expect(redactRun(log, 'letter', { ...matching('Quittenbaum'), dryRun: true }).otherRuns).toEqual([
      'copy',
    ]);
    expect(redactRun(log, 'letter', { ...matching('Quittenbaum'), allRuns: true })).toMatchObject({
      otherRuns: ['copy'],
    });
    expect(verifyRun(log, 'copy')).toMatchObject({ ok: true, runs: [{ redacted: 3 }] });
  });

  test('what matches in texts that other runs alone have is counted, and goes with allRuns', async () => {
    const { log } = await customerLog();
    const own = log.store(`another text about ${secret}`);
    log.append('third', {
      type: 'run-started',
      at: startMs,
      workflowId: 'w',
      params: { to: secret },
      program: 'p',
    });
    log.append('third', { type: 'run-ended', at: startMs, status: 'ok', result: own });
    await log.commit();
    const dry = redactRun(log, 'letter', { ...matching('Quittenbaum'), dryRun: true });
    expect(dry).toMatchObject({ otherRuns: [], elsewhere: { texts: 1, runs: ['third'] }, inEvents: [] });
    expect(() => redactRun(log, 'other-0', matching('Quittenbaum'))).toThrow(
      expect.objectContaining({ code: 'NOTHING_MATCHES', hint: expect.stringContaining('--all-runs') }),
    );
    const done = redactRun(log, 'letter', { ...matching('Quittenbaum'), allRuns: true });
    expect(done).toMatchObject({ otherRuns: ['third'], elsewhere: { texts: 0, runs: [] } });
    expect(done.inEvents).toEqual([{ runId: 'third', seq: 1, type: 'run-started', field: 'params.to' }]);
    expect(done.texts).toHaveLength(4);
    expect(textOf(log, own)).toThrow(redactedError);
    expect(verifyLog(log)).toMatchObject({ ok: true, redacted: 4 });
  });

  test('a tool definition that only frames name counts as named by their runs', async () => {
    const { log } = await customerLog();
    expect(redactRun(log, 'other-0', { ...matching('Reads a file'), dryRun: true }).otherRuns).toHaveLength(
      59,
    );
  });

  test('a later run that stores the same text has it; other processes notice that it is gone', async () => {
    const { log, file } = await customerLog();
    const second = tempLog({ file });
    const prompt = JSON.stringify({ role: 'user', content: [{ type: 'text', text: `Write to ${secret}.` }] });
    const known = second.store(prompt);
    await second.commit();
    redactRun(log, 'letter', matching('Quittenbaum'));
    expect(textOf(second, known)).toThrow(redactedError);
    appendCustomer(second, 'again');
    await second.commit();
    expect(second.load(known)).toBe(prompt);
    expect(verifyLog(second)).toMatchObject({ ok: true, redacted: 3 });
    expect(verifyRun(second, 'again')).toMatchObject({ ok: true, runs: [{ redacted: 0 }] });
    expect(redactRun(second, 'again', { ...matching('Quittenbaum'), allRuns: true }).texts).toHaveLength(3);
    const salts = second.database.prepare('SELECT count(*) FROM redactions GROUP BY blob').pluck().all();
    expect(salts).toEqual([1, 1, 1, 1, 1, 1]);
    expect(verifyRun(second, 'letter')).toMatchObject({ ok: true, runs: [{ redacted: 3 }] });
  });

  test('while a run is under way nothing is taken out', async () => {
    const { log } = await customerLog();
    appendRun(log, 'open', { open: true });
    await log.commit();
    expect(() => redactRun(log, 'letter', matching('Quittenbaum'))).toThrow(
      expect.objectContaining({
        code: 'RUN_HELD',
        message: expect.stringContaining('Run open is under way'),
      }),
    );
    expect(verifyLog(log)).toMatchObject({ redacted: 0 });
  });

  test('a run that begins while the texts are looked for keeps them too', async () => {
    const { log, file } = await customerLog();
    const other = tempLog({ file });
    const match = (text: string): boolean => {
      if (!other.isHeld('sudden')) {
        appendRun(other, 'sudden', { open: true });
        other.release('nobody'); // writes what is queued
      }
      return text.includes('Quittenbaum');
    };
    expect(() => redactRun(log, 'letter', { match, ...who })).toThrow(
      expect.objectContaining({ code: 'RUN_HELD' }),
    );
    expect(verifyLog(log)).toMatchObject({ ok: true, redacted: 0 });
  });

  test('a log that does not verify is left as it is', async () => {
    const { log } = await customerLog();
    log.database.exec('DROP TRIGGER events_are_final; UPDATE events SET at = at + 1 WHERE id = 4');
    expect(() => redactRun(log, 'letter', matching('Quittenbaum'))).toThrow(
      expect.objectContaining({
        code: 'LOG_CORRUPT',
        message: expect.stringContaining('nothing was taken out'),
      }),
    );
  });

  test('a reader that keeps the old state makes it incomplete; typing it again completes it', async () => {
    const { log, file } = await customerLog();
    log.database.pragma('busy_timeout = 50');
    const reader = new Database(file, { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM events').get();
    const done = redactRun(log, 'letter', matching('Quittenbaum'));
    expect(done).toMatchObject({ remains: 'another process is reading the log' });
    expect(done).not.toHaveProperty('wiped');
    expect(verifyLog(log)).toMatchObject({ ok: true, unwiped: true });
    reader.close();
    expect(redactRun(log, 'letter', matching('Quittenbaum'))).toMatchObject({ texts: [], wiped: true });
    expect(bytesOf(file).includes('Quittenbaum')).toBe(false);
    expect(verifyLog(log)).toMatchObject({ unwiped: false });
  });
});

describe('a redaction is told from tampering', () => {
  test.each([
    { what: 'another body', sql: "UPDATE blobs SET body = x'00'" },
    { what: 'a body of zeros', sql: 'UPDATE blobs SET body = zeroblob(20)' },
    {
      what: 'a marker that nobody announced',
      sql: `UPDATE blobs SET body = CAST('{"redacted":{"digest":"${'0'.repeat(64)}","salt":"00"}}' AS BLOB)`,
    },
  ])('$what', async ({ sql }) => {
    const { log } = await customerLog();
    expect(() => log.database.exec(`${sql} WHERE id = 1`)).toThrow(/append-only/);
    log.database.exec(`DROP TRIGGER blobs_are_final; ${sql} WHERE id = 1`);
    expect(verifyLog(log)).toMatchObject({
      ok: false,
      redacted: 0,
      problems: [{ what: expect.stringContaining('was changed') }],
    });
    expect(() => [...exportRun(log, 'letter')]).toThrow(expect.objectContaining({ code: 'LOG_CORRUPT' }));
  });

  test('what is written down of it cannot be changed by a slip', async () => {
    const { log } = await customerLog();
    redactRun(log, 'letter', matching('Quittenbaum'));
    for (const sql of [
      'DELETE FROM redactions',
      "UPDATE redactions SET why = ''",
      "UPDATE blobs SET body = x'00' WHERE id = 1",
      'DELETE FROM blobs',
    ])
      expect(() => log.database.exec(sql)).toThrow(/append-only/);
  });
});

describe('an export of a run with redacted texts', () => {
  async function redactedExport(): Promise<{ text: string; log: Log }> {
    const { log } = await customerLog();
    redactRun(log, 'letter', matching('Quittenbaum'));
    return { log, text: [...exportRun(log, 'letter')].map((line) => `${line}\n`).join('') };
  }

  test('verifies, says what is missing and why, and holds no byte of it', async () => {
    const { text } = await redactedExport();
    expect(text).not.toContain('Quittenbaum');
    expect(verifyExport(text)).toMatchObject({
      ok: true,
      redacted: 3,
      runs: [{ redacted: 3, problems: [] }],
    });
    const { redacted, blobs } = parseRunExport(text);
    expect([...redacted.values()]).toEqual(
      Array(3).fill({
        salt: expect.stringMatching(/^[0-9a-f]{32}$/),
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        at: startMs,
        by: 'ada',
        why: 'asked for by the customer',
      }),
    );
    expect([...blobs.values()]).toContain('nothing about anybody, letter');
  });

  test('imports, stays redacted there, and exports again as the same file', async () => {
    const { text } = await redactedExport();
    const file = join(tempFolder(), 'letter.jsonl');
    writeFileSync(file, text);
    const other = tempLog();
    expect(importRun(other, file)).toMatchObject({ redacted: 3, outcome: 'imported' });
    expect(verifyLog(other)).toMatchObject({ ok: true, redacted: 3 });
    expect([...exportRun(other, 'letter')].map((line) => `${line}\n`).join('')).toBe(text);
    const [hash = ''] = parseRunExport(text).redacted.keys();
    expect(textOf(other, hash)).toThrow(redactedError);
  });

  test('a log that has the text keeps it', async () => {
    const { text } = await redactedExport();
    const file = join(tempFolder(), 'letter.jsonl');
    writeFileSync(file, text);
    const { log } = await customerLog();
    expect(importRun(log, file)).toMatchObject({ outcome: 'there' });
    expect(verifyLog(log)).toMatchObject({ ok: true, redacted: 0 });
  });
});

test('a log that was redacted is read by a handle that only reads', async () => {
  const { log, file } = await customerLog();
  const { texts } = redactRun(log, 'letter', matching('Quittenbaum'));
  log.close();
  const reader = openAuditLog({ file, durability: 'normal', readOnly: true });
  expect(textOf(reader, texts[0]?.hash ?? '')).toThrow(redactedError);
  expect(verifyLog(reader)).toMatchObject({ ok: true, redacted: 3 });
  reader.close();
});
