import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openAuditLog, verifyLog } from '../../../src/audit/sqlite/index.ts';
import { auditLogContract } from '../../contract/audit-log.ts';
import { appendRun, eventsOfRun } from '../support/sample-run.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

auditLogContract('sqlite', (options) =>
  openAuditLog({ file: join(tempFolder(), 'audit.db'), durability: 'normal', ...options }),
);

/** Text that compression leaves as long as it is. */
const noise = (length: number): string => randomBytes(length).toString('latin1');

describe('what a file adds to the contract', () => {
  test('what was committed is there after reopening, and the run goes on where it stood', async () => {
    const file = join(tempFolder(), 'audit.db');
    const first = tempLog({ file });
    appendRun(first, 'one', { open: true });
    await first.commit();
    first.close();
    const second = tempLog({ file });
    second.append('one', { type: 'run-ended', at: 1, status: 'interrupted' });
    await second.commit();
    expect([...second.events('one')].at(-1)).toMatchObject({ type: 'run-ended', status: 'interrupted' });
    second.close();
    const third = tempLog({ file });
    expect(() => third.append('one', { type: 'run-ended', at: 2, status: 'ok' })).toThrow(/has ended/);
  });

  test('close writes what is still queued', () => {
    const file = join(tempFolder(), 'audit.db');
    const log = tempLog({ file });
    appendRun(log, 'one');
    log.close();
    expect([...tempLog({ file }).events('one')]).toHaveLength(eventsOfRun(2));
  });

  test('everyone who waits in one turn of the event loop shares one transaction', async () => {
    const log = tempLog();
    const reader = tempLog({ file: log.file, readOnly: true });
    const transactions = () => Number(reader.database.pragma('data_version', { simple: true }));
    const before = transactions();
    const waiting = Array.from({ length: 50 }, (_, index) => {
      appendRun(log, `run-${index}`);
      return log.commit();
    });
    expect(new Set(waiting).size).toBe(1);
    expect(reader.database.prepare('SELECT count(*) FROM events').pluck().get()).toBe(0);
    await Promise.all(waiting);
    expect(transactions()).toBe(before + 1);
    expect(reader.database.prepare('SELECT count(*) FROM events').pluck().get()).toBe(50 * eventsOfRun(2));
  });

  test.each([
    { what: 'events', turns: 1_000, text: 'short' },
    { what: 'texts', turns: 1, text: noise(9_000_000) },
  ])(
    'a run that never waits for the disk does not collect all of its $what in memory',
    async ({ turns, text }) => {
      const log = tempLog();
      const reader = tempLog({ file: log.file, readOnly: true });
      log.store(text);
      appendRun(log, 'one', { turns });
      const written = Number(reader.database.prepare('SELECT count(*) FROM blobs').pluck().get());
      expect(written).toBeGreaterThan(0);
      await log.commit();
      expect([...log.events('one')]).toHaveLength(eventsOfRun(turns));
      expect(verifyLog(log).ok).toBe(true);
    },
  );

  test('a run of thousands of events comes back whole', async () => {
    const log = tempLog();
    appendRun(log, 'long', { turns: 500 });
    await log.commit();
    const answered = [...log.events('long')].flatMap((event) =>
      event.type === 'call-ended' ? [event.position] : [],
    );
    expect(answered).toEqual(
      Array.from({ length: 500 }, (_, index) => [`scan/m${index + 1}`, `scan/t${index + 1}.1`]).flat(),
    );
  });

  test('a text that many runs share is kept once', async () => {
    const log = tempLog();
    appendRun(log, 'one');
    await log.commit();
    const texts = log.database.prepare('SELECT count(*) FROM blobs').pluck();
    const before = Number(texts.get());
    appendRun(log, 'two');
    await log.commit();
    // only the two assistant messages name their run
    expect(Number(texts.get()) - before).toBe(2);
  });

  test('an event may name a text that was never stored: the event is whole, and verify tells', async () => {
    const log = tempLog();
    log.append('one', { type: 'run-started', at: 1, workflowId: 'w', params: {}, program: 'p' });
    const position = 'scan/m1';
    const missing = 'a'.repeat(64);
    log.append('one', {
      type: 'call-begun',
      at: 2,
      position,
      call: 'model',
      name: 'm',
      fingerprint: missing,
      request: missing,
    });
    await log.commit();
    expect([...log.events('one')][1]).toMatchObject({ request: missing });
    expect(log.database.prepare('SELECT request_hash FROM calls').pluck().get()).toBe(missing);
  });

  test('a text of 50 MB', async () => {
    const log = tempLog();
    const text = `${'0123456789abcdef'.repeat(3_276_800)}end`;
    const hash = log.store(text);
    await log.commit();
    expect(log.load(hash)?.length).toBe(text.length);
    expect(log.load(hash) === text).toBe(true);
  });

  test.each([
    { durability: 'full', synchronous: 2 },
    { durability: 'normal', synchronous: 1 },
  ] as const)('durability $durability', ({ durability, synchronous }) => {
    const log = tempLog({ durability });
    expect(log.database.pragma('synchronous', { simple: true })).toBe(synchronous);
    expect(log.database.pragma('journal_mode', { simple: true })).toBe('wal');
  });

  test('a run takes at most 1.5 KB of file per turn', async () => {
    const log = tempLog();
    const pages = () => Number(log.database.pragma('page_count', { simple: true })) * 4_096;
    const empty = pages();
    for (let run = 0; run < 50; run++)
      appendRun(log, `0199f0c4-2f6e-7000-8000-00000000${run + 1000}`, { turns: 10 });
    await log.commit();
    expect((pages() - empty) / 500).toBeLessThan(1_536);
  });
});
