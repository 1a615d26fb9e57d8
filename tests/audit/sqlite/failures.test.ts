import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openAuditLog, verifyLog } from '../../../src/audit/sqlite/index.ts';
import { appendRun, eventsOfRun } from '../support/sample-run.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

type Log = ReturnType<typeof tempLog>;
const unwritable = (says: RegExp, hint: RegExp) =>
  expect.objectContaining({
    code: 'LOG_UNWRITABLE',
    message: expect.stringMatching(says),
    hint: expect.stringMatching(hint),
    cause: expect.any(Error),
  });

/** Random text, because what repeats takes no room. */
const noise = (bytes: number): string => {
  let value = 1;
  return Array.from({ length: bytes }, () => {
    value = (Math.imul(value, 1_103_515_245) + 12_345) >>> 0;
    return String.fromCharCode(33 + ((value >>> 16) % 90));
  }).join('');
};

/** A commit looks where its file is when the last look is 20 ms old. */
const nextLook = (): Promise<void> => sleep(25);

/** Everyone who waits is told, and so is everyone who comes later. */
async function expectPoisoned(log: Log, failure: unknown): Promise<void> {
  const waiting = [log.commit(), log.commit()];
  appendRun(log, 'also-waiting', { open: true });
  waiting.push(log.commit());
  for (const settled of await Promise.allSettled(waiting))
    expect(settled).toMatchObject({ status: 'rejected', reason: failure });
  expect(() => log.store('later')).toThrow(failure as Error);
  expect(() =>
    log.append('later', { type: 'run-started', at: 1, workflowId: 'w', params: {}, program: 'p' }),
  ).toThrow(failure as Error);
  await expect(log.commit()).rejects.toEqual(failure);
  expect(() => log.close()).toThrow(failure as Error);
}

function expectWhole(file: string): void {
  const report = verifyLog(tempLog({ file }));
  expect(report).toMatchObject({ ok: true });
  expect(report.runs.map(({ runId, events }) => [runId, events])).toEqual([['before', eventsOfRun(2)]]);
}

async function logWithARun(file: string, busyTimeoutMs = 10_000): Promise<Log> {
  const log = tempLog({ file, busyTimeoutMs });
  appendRun(log, 'before');
  await log.commit();
  return log;
}

describe('a log that cannot be written', () => {
  test('the file may not grow', async () => {
    const file = join(tempFolder(), 'audit.db');
    const log = await logWithARun(file);
    log.database.pragma(
      `max_page_count = ${Number(log.database.pragma('page_count', { simple: true })) + 2}`,
    );
    log.store(noise(100_000));
    await expectPoisoned(log, unwritable(/full/, /free space/));
    expectWhole(file);
  });

  test('the disk is full', async ({ skip }) => {
    const disk = tinyDisk();
    if (disk === undefined) return skip('this needs the right to mount a file system');
    const file = join(disk, 'audit.db');
    const log = await logWithARun(file);
    log.store(noise(1_000_000));
    await expectPoisoned(log, unwritable(/full|I\/O/, /./));
    expectWhole(file);
    return undefined;
  });

  test('another process holds it locked for longer than we wait', async () => {
    const file = join(tempFolder(), 'audit.db');
    const log = await logWithARun(file, 50);
    const release = await lockInAnotherProcess(file);
    log.store('new');
    await expectPoisoned(log, unwritable(/locked/, /end the process/));
    await release();
    expectWhole(file);
  });

  test('another process holds it locked for less than we wait', async () => {
    const file = join(tempFolder(), 'audit.db');
    const log = await logWithARun(file);
    const release = await lockInAnotherProcess(file);
    appendRun(log, 'patient');
    await release();
    await log.commit();
    expect(verifyLog(log)).toMatchObject({ ok: true, runs: [{ runId: 'before' }, { runId: 'patient' }] });
  });

  test('the file was removed', async () => {
    const log = await logWithARun(join(tempFolder(), 'audit.db'));
    rmSync(log.file);
    await nextLook();
    log.store('new');
    await expectPoisoned(log, unwritable(/was removed/, /in its place/));
  });

  test('another file was put in its place', async () => {
    const folder = tempFolder();
    const file = join(folder, 'audit.db');
    const log = await logWithARun(file);
    const other = tempLog({ file: join(folder, 'other.db') });
    other.close();
    renameSync(other.file, file);
    await nextLook();
    log.store('new');
    await expectPoisoned(log, unwritable(/another file/, /in its place/));
  });

  test('its tables are gone when a run is looked up', async () => {
    const log = await logWithARun(join(tempFolder(), 'audit.db'));
    const other = new Database(log.file);
    other.exec('ALTER TABLE blobs RENAME TO gone; ALTER TABLE run_keys RENAME TO gone_too');
    other.close();
    const failure = unwritable(/no such table/, /./);
    expect(() => appendRun(log, 'new')).toThrow(failure);
    expect(() => log.store('later')).toThrow(failure);
    await expect(log.commit()).rejects.toEqual(failure);
    expect(() => log.load('a'.repeat(64))).toThrow(expect.objectContaining({ code: 'LOG_CORRUPT' }));
  });

  test('another process wrote the same run', async () => {
    const file = join(tempFolder(), 'audit.db');
    const log = tempLog({ file });
    appendRun(log, 'before', { open: true });
    await log.commit();
    const other = tempLog({ file });
    other.append('before', { type: 'run-ended', at: 1, status: 'interrupted' });
    await other.commit();
    log.append('before', { type: 'run-ended', at: 1, status: 'ok' });
    await expect(log.commit()).rejects.toEqual(unwritable(/UNIQUE/, /one process at a time/));
    expect([...other.events('before')].at(-1)).toMatchObject({ status: 'interrupted' });
    expect(verifyLog(other).ok).toBe(true);
  });
});

test('opening waits for the lock, and then says who is in the way', async () => {
  const file = join(tempFolder(), 'audit.db');
  tempLog({ file }).close();
  const release = await lockInAnotherProcess(file);
  // A log that is made already needs no lock to be opened.
  expect(() => openAuditLog({ file, durability: 'full', busyTimeoutMs: 50 }).close()).not.toThrow();
  await release();
});

test('a new log waits for the process that makes it at the same moment', async () => {
  const file = join(tempFolder(), 'audit.db');
  await lockInAnotherProcess(file, '300');
  expect(() => tempLog({ file })).not.toThrow();
});

async function lockInAnotherProcess(file: string, ...forMs: string[]): Promise<() => Promise<void>> {
  const holdLock = join(import.meta.dirname, '../fixtures/hold-lock.ts');
  const child = spawn(process.execPath, [holdLock, file, ...forMs], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const release = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exit;
  };
  onTestFinished(release);
  await once(child.stdout, 'data');
  return release;
}

/** A file system of 400 KB, or undefined where we may not mount one. */
function tinyDisk(): string | undefined {
  const folder = join(tempFolder(), 'disk');
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
  });
  return folder;
}
