import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyLog } from '../../../src/audit/sqlite/index.ts';
import { appendRun, startMs } from '../support/sample-run.ts';
import { tempLog } from '../support/temp-log.ts';

const secret = 'sk-proj-5a1t-and-p3pper';

/** Write-ahead log, shared memory and the process's lock file included. */
const filesOf = (file: string): string[] =>
  readdirSync(dirname(file)).map((name) => readFileSync(join(dirname(file), name)).toString('latin1'));

test.each([true, false])('no byte of a secret is in the files (scrubbed: %s)', async (scrubbed) => {
  const log = tempLog(scrubbed ? { scrub: (text) => text.replaceAll(secret, '[secret]') } : {});
  log.store(`short ${secret}`);
  appendRun(log, 'one', { open: true });
  const error = {
    code: 'TOOL_FAILED',
    message: `401 for ${secret}`,
    details: { headers: [secret], [secret]: 1 },
  };
  log.append('one', {
    type: 'step-ended',
    at: startMs,
    step: `scan ${secret}`,
    status: 'failed',
    reason: secret,
    error,
  });
  await log.commit();
  expect(filesOf(log.file)).toHaveLength(4);
  const beforeClose = filesOf(log.file).some((bytes) => bytes.includes(secret));
  expect(verifyLog(log).ok).toBe(true);
  log.close();
  const afterClose = filesOf(log.file).some((bytes) => bytes.includes(secret));
  // Without scrubbing the same search finds it: so the search can fail.
  expect([beforeClose, afterClose]).toEqual([!scrubbed, !scrubbed]);
});

test('a secret that JSON spells differently is blanked in events', async () => {
  const quoted = 'pass"word\\with\nlines';
  const log = tempLog({ scrub: (text) => text.replaceAll(quoted, '[secret]') });
  const params = { [quoted]: [quoted, { deep: `a ${quoted} b` }] };
  log.append('one', { type: 'run-started', at: startMs, workflowId: 'w', params, program: 'p' });
  await log.commit();
  expect([...log.events('one')]).toMatchObject([
    { params: { '[secret]': ['[secret]', { deep: 'a [secret] b' }] } },
  ]);
});

test('hashes that hold the secret by chance stay whole', async () => {
  const log = tempLog({ scrub: (text) => text.replaceAll('ab', '[secret]') });
  log.append('one', { type: 'run-started', at: startMs, workflowId: 'w', params: {}, program: 'p' });
  const hash = 'ab'.repeat(32);
  log.append('one', {
    type: 'call-begun',
    at: startMs,
    position: 'a/m1',
    call: 'model',
    name: 'm',
    fingerprint: hash,
    request: hash,
    added: [hash],
  });
  await log.commit();
  expect([...log.events('one')][1]).toMatchObject({ fingerprint: hash, request: hash, added: [hash] });
});
