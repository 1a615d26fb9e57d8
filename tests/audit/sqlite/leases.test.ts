import { readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listRuns, openAuditLog, verifyLog } from '../../../src/audit/sqlite/index.ts';
import { startChild } from '../support/child.ts';
import { appendRun } from '../support/sample-run.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

const holderFiles = (file: string): string[] =>
  readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}-holder-`));

async function fileWithARun(): Promise<string> {
  const file = join(tempFolder(), 'audit.db');
  const log = openAuditLog({ file, durability: 'normal' });
  appendRun(log, 'done');
  await log.commit();
  log.close();
  return file;
}

const heldBy = (pid: number | undefined) =>
  expect.objectContaining({
    code: 'RUN_HELD',
    message: expect.stringMatching(new RegExp(`^Process ${pid} works on run live since 20\\d\\d-`)),
    hint: expect.stringContaining('end that process'),
  });

describe('a run that another process works on', () => {
  test('is held while that process lives, for writers and readers; kill -9 frees it', async () => {
    const file = await fileWithARun();
    const child = startChild('hold-run.ts', [file, 'live', 'start']);
    expect(await child.line()).toBe('held');
    const log = tempLog({ file });
    const reader = tempLog({ file, readOnly: true });
    for (const each of [log, reader]) {
      expect(each.isHeld('live')).toBe(true);
      expect(each.isHeld('done')).toBe(false);
      expect(listRuns(each).map(({ runId, status, held }) => [runId, status, held])).toContainEqual([
        'live',
        'running',
        true,
      ]);
    }
    expect(() => log.claim('live')).toThrow(heldBy(child.pid));
    expect(() => log.append('live', { type: 'run-resumed', at: 1, program: 'p' })).toThrow(heldBy(child.pid));
    await child.kill();
    expect(reader.isHeld('live')).toBe(false);
    expect(listRuns(reader)).toMatchObject([{ runId: 'done' }, { runId: 'live', held: false }].toReversed());
    log.claim('live');
    expect(reader.isHeld('live')).toBe(true);
    log.append('live', { type: 'run-resumed', at: 1, program: 'p' });
    log.append('live', { type: 'run-ended', at: 2, status: 'ok' });
    await log.commit();
    expect(reader.isHeld('live')).toBe(false);
    expect(verifyLog(log).ok).toBe(true);
  });

  test('is free when that process leaves, and no file of it stays', async () => {
    const file = await fileWithARun();
    const child = startChild('hold-run.ts', [file, 'live', 'start']);
    await child.line();
    expect(holderFiles(file)).toHaveLength(1);
    await child.leave();
    expect(holderFiles(file)).toEqual([]);
    expect(tempLog({ file }).isHeld('live')).toBe(false);
  });

  test('is held whatever the clock says', async () => {
    const file = await fileWithARun();
    const child = startChild('hold-run.ts', [file, 'live', 'start']);
    await child.line();
    const log = tempLog({ file });
    for (const since of [0, -1, 8.64e15, Date.now() + 1e12]) {
      log.database.prepare('UPDATE leases SET since = ?').run(since);
      expect(log.isHeld('live')).toBe(true);
      expect(() => log.claim('live')).toThrow(expect.objectContaining({ code: 'RUN_HELD' }));
    }
    await child.kill();
    log.database.exec(`UPDATE leases SET since = ${Date.now()}, pid = ${process.pid}`);
    expect(log.isHeld('live')).toBe(false);
    expect(() => log.claim('live')).not.toThrow();
  });

  test('is held under every name of the log', async () => {
    const file = await fileWithARun();
    const link = join(tempFolder(), 'link.db');
    symlinkSync(file, link);
    const child = startChild('hold-run.ts', [link, 'live', 'start']);
    await child.line();
    expect(tempLog({ file, readOnly: true }).isHeld('live')).toBe(true);
    expect(holderFiles(file)).toHaveLength(1);
  });

  test('is free when its holder file is gone', async () => {
    const file = await fileWithARun();
    const child = startChild('hold-run.ts', [file, 'live', 'start']);
    await child.line();
    await child.kill();
    const [name = ''] = holderFiles(file);
    const log = tempLog({ file });
    expect(log.isHeld('live')).toBe(false);
    rmSync(join(dirname(file), name));
    expect(log.isHeld('live')).toBe(false);
    expect(() => log.claim('live')).not.toThrow();
  });

  test('is not given back by a process that has lost it to another one', async () => {
    const file = await fileWithARun();
    const log = tempLog({ file });
    log.claim('done');
    for (const name of holderFiles(file)) rmSync(join(dirname(file), name));
    const other = tempLog({ file });
    other.claim('done');
    log.release('done');
    expect(log.isHeld('done')).toBe(true);
  });

  test('a file that cannot be looked at counts as held', async () => {
    const file = await fileWithARun();
    const child = startChild('hold-run.ts', [file, 'live', 'start']);
    await child.line();
    await child.kill();
    const [name = ''] = holderFiles(file);
    writeFileSync(join(dirname(file), name), 'this is no lock '.repeat(100));
    expect(tempLog({ file, readOnly: true }).isHeld('live')).toBe(true);
  });

  test('files of dead processes are removed by the next one that works on runs, those of living ones stay', async () => {
    const file = await fileWithARun();
    const children = ['a', 'b', 'c'].map((runId) => startChild('hold-run.ts', [file, runId, 'start']));
    for (const child of children) expect(await child.line()).toBe('held');
    expect(holderFiles(file)).toHaveLength(3);
    for (const child of children.slice(1)) await child.kill();
    const log = tempLog({ file });
    appendRun(log, 'mine', { open: true });
    expect(holderFiles(file)).toHaveLength(2);
    expect(['a', 'b', 'c', 'mine'].map((runId) => log.isHeld(runId))).toEqual([true, false, false, true]);
    await children[0]?.leave();
    log.close();
    expect(holderFiles(file)).toEqual([]);
  });

  test('a copy of the log is free', async () => {
    const file = await fileWithARun();
    const child = startChild('hold-run.ts', [file, 'live', 'start']);
    await child.line();
    const copy = join(tempFolder(), 'copy.db');
    await tempLog({ file }).database.backup(copy);
    const log = tempLog({ file: copy });
    expect(log.isHeld('live')).toBe(false);
    expect(() => log.claim('live')).not.toThrow();
  });
});

test('of two processes that claim a run at the same moment one wins', { timeout: 120_000 }, async () => {
  const file = await fileWithARun();
  for (let round = 1; round <= 20; round++) {
    const barrier = join(dirname(file), `go-${round}`);
    const children = [1, 2].map(() => startChild('hold-run.ts', [file, 'done', 'claim', barrier]));
    for (const child of children) expect(await child.line()).toBe('ready');
    writeFileSync(`${barrier}.new`, '');
    renameSync(`${barrier}.new`, barrier);
    const said = await Promise.all(children.map((child) => child.line()));
    expect(said.toSorted(), `round ${round}`).toEqual(['RUN_HELD', 'held']);
    for (const child of children) await child.kill();
  }
});

test('a run stays held when the program has forgotten its log', async () => {
  const file = await fileWithARun();
  const child = startChild('hold-and-forget.ts', [file, 'done']);
  expect(await child.line()).toBe('held');
  expect(tempLog({ file }).isHeld('done')).toBe(true);
});

test('a log that only reads takes no lock and leaves no file', async () => {
  const file = await fileWithARun();
  const reader = tempLog({ file, readOnly: true });
  expect(reader.isHeld('done')).toBe(false);
  expect(() => reader.claim('done')).toThrow(expect.objectContaining({ code: 'LOG_UNWRITABLE' }));
  expect(() => reader.release('done')).not.toThrow();
  expect(holderFiles(file)).toEqual([]);
});

test('two logs of one process hold their runs against each other', async () => {
  const file = await fileWithARun();
  const one = tempLog({ file });
  const two = tempLog({ file });
  one.claim('done');
  expect(two.isHeld('done')).toBe(true);
  expect(() => two.claim('done')).toThrow(expect.objectContaining({ code: 'RUN_HELD' }));
  // Looking at the lock from the same process must not give it back.
  expect(await startChild('hold-run.ts', [file, 'done', 'claim']).line()).toBe('RUN_HELD');
  one.release('done');
  two.claim('done');
  expect(one.isHeld('done')).toBe(true);
});
