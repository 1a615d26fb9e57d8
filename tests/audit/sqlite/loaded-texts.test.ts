import { expect, test } from 'vitest';
import { pruneRuns, redactRun, verifyLog } from '../../../src/audit/sqlite/index.ts';
import { appendRun, startMs } from '../support/sample-run.ts';
import { tempLog } from '../support/temp-log.ts';

const message = '{"role":"user","content":[{"type":"text","text":"Read the files."}]}';

test('a text that was loaded and is stored again is kept once', async () => {
  const file = tempLog();
  appendRun(file, 'first');
  await file.commit();
  const log = tempLog({ file: file.file });
  const hash = file.store(message);
  const rows = log.database.prepare('SELECT count(*) FROM blobs WHERE hash = ?').pluck();
  expect(log.load(hash)).toBe(message);
  appendRun(log, 'second');
  await log.commit();
  expect(rows.get(Buffer.from(hash, 'hex'))).toBe(1);
  expect(verifyLog(log).ok).toBe(true);
});

test('a text that another process took out after it was loaded is kept anew when it is stored again', async () => {
  const other = tempLog();
  appendRun(other, 'first');
  await other.commit();
  const log = tempLog({ file: other.file });
  const hash = other.store(message);
  expect(log.load(hash)).toBe(message);
  redactRun(other, 'first', { match: (text) => text.includes('Read the files.'), why: 'a test', by: 'Ada' });
  expect(() => log.load(hash)).toThrow('redacted');
  log.append('second', { type: 'run-started', at: startMs, workflowId: 'w', params: {}, program: 'p' });
  log.append('second', { type: 'run-ended', at: startMs + 1, status: 'ok', result: log.store(message) });
  await log.commit();
  expect(log.load(hash)).toBe(message);
  expect(verifyLog(log).ok).toBe(true);
});

test('a prune beside a run that has something queued takes nothing from it', async () => {
  const other = tempLog();
  appendRun(other, 'old');
  await other.commit();
  const log = tempLog({ file: other.file });
  log.append('new', { type: 'run-started', at: Date.now(), workflowId: 'w', params: {}, program: 'p' });
  await log.commit();
  log.append('new', { type: 'step-started', at: Date.now(), step: 'a', kind: 'prompt' });
  const { prune } = pruneRuns(other, { olderThanMs: Date.now() - 1000, by: 'Ada', why: 'old' });
  expect(prune.map(({ runId }) => runId)).toEqual(['old']);
  log.append('new', { type: 'run-ended', at: Date.now(), status: 'ok', result: log.store('"done"') });
  await log.commit();
  expect(verifyLog(log).ok).toBe(true);
});

test('a text that was taken for known and is gone when the event is written stops the log', async () => {
  const other = tempLog();
  appendRun(other, 'old');
  await other.commit();
  const log = tempLog({ file: other.file });
  expect(log.load(log.store(message))).toBe(message);
  await log.commit();
  // Not in the log yet, so nobody knows that somebody works: its text goes with the run that named it.
  const result = log.store(message);
  pruneRuns(other, { olderThanMs: Date.now() - 1000, by: 'Ada', why: 'old' });
  log.append('new', { type: 'run-started', at: startMs, workflowId: 'w', params: {}, program: 'p' });
  log.append('new', { type: 'run-ended', at: startMs, status: 'ok', result });
  await expect(log.commit()).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
});
