import { expect, test } from 'vitest';
import { redactRun, verifyLog } from '../../../src/audit/sqlite/index.ts';
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
