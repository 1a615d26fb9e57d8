import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/domain/events.ts';
import { InterruptedError } from '../../src/errors/index.ts';
import { createModelSource } from '../../src/models/model-source.ts';
import { callContext } from './support/call-context.ts';

const message = { role: 'assistant', parts: [{ type: 'text', text: 'Two lines.' }] };
const usage = {
  inputTokens: 9,
  outputTokens: 3,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

const answerHash = hash('sha256', JSON.stringify(message), 'hex');

// The call's name is that of a recording: what was asked for is in the frame.
const begun = (position: string, fingerprint: string): AuditEvent => ({
  type: 'call-begun',
  at: 1,
  position,
  call: 'model',
  name: 'recorded:older',
  fingerprint,
  request: 'r',
});
const ended = (position: string, more: object): AuditEvent =>
  ({
    type: 'call-ended',
    at: 2,
    position,
    status: 'ok',
    durationMs: 1,
    source: 'live',
    ...more,
  }) as AuditEvent;

const events: AuditEvent[] = [
  begun('scan/m1', 'f1'),
  ended('scan/m1', {
    status: 'error',
    error: { code: 'MODEL_OVERLOADED', message: 'busy', retryable: true },
  }),
  begun('scan/m1!2', 'f1'),
  ended('scan/m1!2', {
    result: answerHash,
    usage,
    stopReason: 'end',
    resolvedModel: 'claude-opus-5-0601',
    providerId: 'm',
  }),
  begun('scan/m2', 'f2'),
  begun('scan/m3', 'f3'),
  ended('scan/m3', { result: 'lost' }),
  begun('scan/m4', 'f4'),
  ended('scan/m4', { result: 'changed' }),
];

let project = '';
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'recorded-'));
  const lines = [
    { format: 'aiworkflow-run/1', runId: 'r', workflowId: 'w', program: 'p' },
    { blob: 'r', text: JSON.stringify({ model: 'anthropic:claude-opus-5' }) },
    { blob: answerHash, text: JSON.stringify(message) },
    { blob: 'changed', text: JSON.stringify(message) },
    ...events.map((event) => ({ event, hash: 'c' })),
    { root: 'c', events: events.length },
  ];
  mkdirSync(join(project, 'recordings'));
  writeFileSync(
    join(project, 'recordings', 'demo.jsonl'),
    lines.map((line) => JSON.stringify(line)).join('\n'),
  );
  writeFileSync(join(project, 'recordings', 'broken.jsonl'), '{"format":"other"}\n');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const open = (id: string) => createModelSource({ config: {}, env: {}, projectDir: project }).open(id);
const request = { messages: [], tools: [], settings: {} };
const ask = async (position: string, fingerprint: string) =>
  (await open('recorded:demo')).generate(request, callContext({ position, fingerprint }));

describe('a recording', () => {
  test('answers the same request at the same position', async () => {
    let streamed = '';
    const client = await open('recorded:demo');
    expect(client).toMatchObject({ id: 'recorded:demo', source: 'recorded' });
    const answer = await client.generate(
      request,
      callContext({
        position: 'scan/m1!2',
        fingerprint: 'f1',
        onText: (text) => {
          streamed += text;
        },
      }),
    );
    expect(answer).toEqual({
      message,
      usage,
      stopReason: 'end',
      resolvedModel: 'claude-opus-5-0601',
      providerId: 'm',
    });
    expect(streamed).toBe('Two lines.');
  });

  test('names the model that belongs in the fingerprint', async () => {
    const client = await open('recorded:demo');
    expect(client.answersAs?.('scan/m1')).toBe('anthropic:claude-opus-5');
    expect(client.answersAs?.('scan/m9')).toBeUndefined();
  });

  test('fails where the recorded call failed, and asks nobody to wait', async () => {
    await expect(ask('scan/m1', 'f1')).rejects.toMatchObject({
      code: 'MODEL_OVERLOADED',
      retryable: true,
      retryAfterMs: 0,
    });
  });

  test.each([
    ['another request', 'scan/m1', 'other', 'answers another request'],
    ['no such position', 'scan/m9', 'f1', 'holds no model call'],
    ['a call that was cut off', 'scan/m2', 'f2', 'was cut off'],
    ['an answer whose text is gone', 'scan/m3', 'f3', 'has lost the text'],
    ['an answer whose text was changed', 'scan/m4', 'f4', 'the file was changed'],
  ])('%s is a divergence', async (_, position, fingerprint, words) => {
    const call = ask(position, fingerprint);
    await expect(call).rejects.toMatchObject({
      code: 'RECORDING_DIVERGED',
      retryable: false,
      hint: expect.stringContaining('demo.jsonl') as string,
    });
    await expect(call).rejects.toThrow(words);
    await expect(call).rejects.toThrow(position);
  });

  test('an abort is an interruption', async () => {
    const client = await open('recorded:demo');
    const call = client.generate(request, callContext({ signal: AbortSignal.abort() }));
    await expect(call).rejects.toBeInstanceOf(InterruptedError);
  });
});

test.each([
  ['recorded:demo', undefined],
  ['recorded:recordings/demo.jsonl', undefined],
  ['recorded:nothing', 'FILE_NOT_FOUND'],
  ['recorded:broken', 'DEFINITION_INVALID'],
  ['recorded:recordings', 'FILE_NOT_FOUND'],
])('%s opens, or says %s', async (id, code) => {
  const error = await open(id).then(
    () => undefined,
    (thrown: { code: string }) => thrown.code,
  );
  expect(error).toBe(code);
});
