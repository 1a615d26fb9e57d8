import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { AuditEvent } from '../../src/domain/events.ts';
import type { Json } from '../../src/domain/json.ts';
import type { ModelRequest } from '../../src/domain/model.ts';
import { firstLinkText, nextLinkText } from '../../src/domain/run-export.ts';
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

const sha256 = (text: string) => hash('sha256', text, 'hex');
const textOf = (value: unknown) => canonicalJson(value as Json);
const answerText = JSON.stringify(message);
const answerHash = sha256(answerText);
const tool = { name: 'lake.ingest', description: 'Reads a file.', inputSchema: {}, effect: 'read' } as const;
const schema = { type: 'object' };
const userMessage = { role: 'user', content: [{ type: 'text', text: 'Name the files of ACME.' }] } as const;
const frameText = textOf({
  model: 'anthropic:claude-opus-5',
  settings: { temperature: 0 },
  tools: [sha256(textOf(tool))],
  output: sha256(textOf(schema)),
  outputName: 'answer',
});
const texts = [answerText, frameText, textOf(tool), textOf(schema), textOf(userMessage)];

// The call's name is that of a recording: what was asked for is in the frame.
const begun = (position: string, fingerprint: string): AuditEvent => ({
  type: 'call-begun',
  at: 1,
  position,
  call: 'model',
  name: 'recorded:older',
  fingerprint,
  request: sha256(frameText),
  added: [sha256(textOf(userMessage))],
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
];

/** As `aiworkflow export` writes it; `last` may give another root. */
function exportLines(): { blob?: string; text?: string; event?: AuditEvent; hash?: string; root?: string }[] {
  let link = sha256(firstLinkText('r'));
  const chained = events.map((event) => {
    link = sha256(nextLinkText(link, textOf(event)));
    return { event, hash: link };
  });
  return [
    { format: 'aiworkflow-run/1', runId: 'r', workflowId: 'w', program: 'p' } as object,
    ...texts.map((text) => ({ blob: sha256(text), text })),
    ...chained,
    { root: link, events: events.length },
  ];
}

function write(name: string, lines: readonly object[]): void {
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  writeFileSync(join(project, 'recordings', `${name}.jsonl`), text);
}

let project = '';
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'recorded-'));
  mkdirSync(join(project, 'recordings'));
  write('demo', exportLines());
  writeFileSync(join(project, 'recordings', 'broken.jsonl'), '{"format":"other"}\n');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const open = (id: string) => createModelSource({ config: {}, env: {}, projectDir: project }).open(id);
const request: ModelRequest = {
  messages: [userMessage],
  tools: [tool],
  settings: { temperature: 0 },
  output: { name: 'answer', schema },
};
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
  ])('%s is a divergence', async (_, position, fingerprint, words) => {
    const call = ask(position, fingerprint);
    await expect(call).rejects.toMatchObject({
      code: 'RECORDING_DIVERGED',
      retryable: false,
      hint: expect.stringMatching(/^run with a live model: --model provider:model/) as string,
    });
    await expect(call).rejects.toThrow(words);
    await expect(call).rejects.toThrow(position);
  });

  test.each<[string, Partial<ModelRequest>, string]>([
    ['another setting', { settings: { temperature: 1 } }, '- settings.temperature: recorded 0 asked 1'],
    [
      'another tool',
      { tools: [{ ...tool, name: 'lake.query' }] },
      '- tool lake.ingest is not offered\n- tool lake.query is new',
    ],
    [
      'a tool that changed',
      { tools: [{ ...tool, effect: 'irreversible' }] },
      '- tool lake.ingest is described otherwise: recorded …',
    ],
    [
      'another contract',
      { output: { name: 'answer', schema: { type: 'array' } } },
      '- the contract: recorded {"type":"object"} asked {"type":"array"}',
    ],
    [
      'another text',
      { messages: [{ ...userMessage, content: [{ type: 'text', text: 'Name the files of Basco.' }] }] },
      '- message 1 (user): recorded Name the files of ACME. asked Name the files of Basco.',
    ],
    ['nothing that can be seen', {}, '(which part of it cannot be told)'],
  ])('says what is not as it was recorded: %s', async (_, asked, words) => {
    const client = await open('recorded:demo');
    const call = client.generate(
      { ...request, ...asked },
      callContext({ position: 'scan/m1', fingerprint: 'other' }),
    );
    await expect(call).rejects.toThrow(words);
    expect(await call.catch((error: Error) => error.message.split('\n- '))).toHaveLength(
      words.startsWith('- ') ? words.split('\n- ').length + 1 : 1,
    );
  });

  test('a position that it does not hold: says whose run it is, and does not ask to write over it', async () => {
    const call = ask('other/m1', 'f1');
    await expect(call).rejects.toThrow('a run of workflow "w"');
    await expect(call).rejects.toMatchObject({
      hint: expect.stringMatching(/^(?!.*export).*aiworkflow\.yaml/) as string,
    });
    expect((await open('recorded:demo')).recordedWorkflowId).toBe('w');
  });

  test.each<[string, (lines: ReturnType<typeof exportLines>) => void, string]>([
    [
      'an answer',
      (lines) => Object.assign(lines[1] ?? {}, { text: answerText.replace('Two', 'Six') }),
      'the text under',
    ],
    [
      'an event',
      (lines) => Object.assign(lines[8]?.event ?? {}, { stopReason: 'length' }),
      'event 3 (call-begun) does not fit',
    ],
    [
      'an event that was taken out',
      (lines) => {
        lines.splice(7, 1);
        Object.assign(lines.at(-1) ?? {}, { events: events.length - 1 });
      },
      'event 2 (call-begun) does not fit',
    ],
    ['the root', (lines) => Object.assign(lines.at(-1) ?? {}, { root: 'c' }), 'another root'],
  ])('does not open when it was changed: %s', async (_, change, words) => {
    const lines = structuredClone(exportLines());
    change(lines);
    write('changed', lines);
    const opening = open('recorded:changed');
    await expect(opening).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      hint: expect.stringContaining('aiworkflow verify') as string,
    });
    await expect(opening).rejects.toThrow(words);
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
