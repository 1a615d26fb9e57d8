import { afterEach, describe, expect, test } from 'vitest';
import { toolCallsOf } from '../../src/domain/message.ts';
import type { ModelResponse } from '../../src/domain/model.ts';
import { InterruptedError, ModelError } from '../../src/errors/index.ts';
import { createModelSource } from '../../src/models/model-source.ts';
import type { ModelCallContext } from '../../src/ports/model-client.ts';
import { callContext } from './support/call-context.ts';
import {
  hasSharedMaterial,
  loadReplay,
  type ReplayServer,
  recordingPath,
  whySkipped,
} from './support/shared-material.ts';
import { newUserMessages, systemOf, toolsOf } from './support/wire-to-messages.ts';

/** Streamed recordings whose n-th answer calls a tool with arguments; served first here. */
const recordings = {
  'openai.chat': { file: 'openai-chat/test-openai-tool-variations.json', n: 9 },
  'openai.responses': { file: 'openai-responses/test-openai-tool-variations.json', n: 9 },
  'anthropic.messages': { file: 'anthropic-messages/test-anthropic-tool-variations.json', n: 6 },
} as const;
type Api = keyof typeof recordings;
const apis = Object.keys(recordings) as Api[];

let server: ReplayServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function callWithFault(
  api: Api,
  fault: string,
  context: Partial<ModelCallContext> = {},
): Promise<ModelResponse> {
  const replay = await loadReplay();
  const { file, n } = recordings[api];
  const whole = replay.loadRecording([recordingPath(file)]);
  const interaction = { ...whole.interactions[n - 1]!, n: 1 };
  server = await replay.startReplayServer(
    { ...whole, interactions: [interaction] },
    { faults: [replay.parseFault(`1:${fault}`)] },
  );
  const baseUrl = api === 'anthropic.messages' ? server.anthropicBaseURL : server.openaiBaseURL;
  const source = createModelSource({
    config: { providers: { faulty: { api, baseUrl, apiKeyEnv: 'FAULTY_KEY', structuredOutput: true } } },
    env: { FAULTY_KEY: 'key-that-must-not-show' },
  });
  const { body } = interaction.request;
  const client = await source.open(`faulty:${body.model}`);
  return await client.generate(
    { messages: [...systemOf(body), ...newUserMessages(body)], tools: toolsOf(body), settings: {} },
    callContext(context),
  );
}

const failing = async (api: Api, fault: string, context?: Partial<ModelCallContext>): Promise<ModelError> => {
  const error = await callWithFault(api, fault, context).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ModelError);
  return error as ModelError;
};

const everywhere = (fault: string, code: string, retryable: boolean) =>
  apis.map((api) => [api, fault, code, retryable] as const);

describe.skipIf(!hasSharedMaterial)('what a provider can do to a call', () => {
  test.each([
    ...everywhere('429', 'MODEL_RATE_LIMITED', true),
    ...everywhere('429-quota', 'MODEL_QUOTA', false),
    ...everywhere('500', 'MODEL_SERVER_ERROR', true),
    ...everywhere('400', 'MODEL_REQUEST_INVALID', false),
    ...everywhere('400-context', 'MODEL_CONTEXT_OVERFLOW', false),
    ...everywhere('401', 'MODEL_AUTH', false),
    ...everywhere('404', 'MODEL_NOT_FOUND', false),
    ...everywhere('413', 'MODEL_REQUEST_TOO_LARGE', false),
    ...everywhere('reset', 'MODEL_UNREACHABLE', true),
    ...everywhere('cut=2', 'MODEL_STREAM_BROKEN', true),
    ['openai.chat', '429-large', 'MODEL_REQUEST_TOO_LARGE', false],
    ['openai.responses', '429-large', 'MODEL_REQUEST_TOO_LARGE', false],
    ['openai.chat', '503', 'MODEL_OVERLOADED', true],
    ['anthropic.messages', '529', 'MODEL_OVERLOADED', true],
    ['openai.chat', 'sse-error=2', 'MODEL_SERVER_ERROR', true],
    ['openai.responses', 'sse-error=2', 'MODEL_SERVER_ERROR', true],
    ['anthropic.messages', 'sse-error=2', 'MODEL_OVERLOADED', true],
    ['openai.chat', '429,x-should-retry=false', 'MODEL_RATE_LIMITED', false],
    ['anthropic.messages', '400,x-should-retry=true', 'MODEL_REQUEST_INVALID', true],
    ['openai.chat', '429-quota,x-should-retry=true', 'MODEL_QUOTA', false],
  ] as const)('%s %s is %s, retryable %s', async (api, fault, code, retryable) => {
    const error = await failing(api, fault);
    expect({ code: error.code, retryable: error.retryable }).toEqual({ code, retryable });
    expect(error.hint).toBeTruthy();
    expect(error.message).toMatch(/^faulty:/);
    expect(server?.sent).toHaveLength(1);
  });

  test.each([
    ['openai.chat', '429,retry-after=7', 7000],
    ['openai.responses', '429,retry-after-ms=250', 250],
    ['anthropic.messages', '529,retry-after=2', 2000],
    ['anthropic.messages', '529', undefined],
  ] as const)('%s %s asks to wait %s ms', async (api, fault, retryAfterMs) => {
    expect((await failing(api, fault)).retryAfterMs).toBe(retryAfterMs);
  });

  test.each(apis)('%s: headers that never come are a time-out', async (api) => {
    const error = await failing(api, 'stall=5000', { idleTimeoutMs: 60 });
    expect(error).toMatchObject({ code: 'MODEL_TIMEOUT', retryable: true });
    expect(error.message).toContain('before its answer began');
  });

  test.each(apis)('%s: an abort while waiting is an interruption', async (api) => {
    const aborting = new AbortController();
    const call = callWithFault(api, 'stall=5000', { signal: aborting.signal });
    setTimeout(() => aborting.abort(), 50);
    await expect(call).rejects.toBeInstanceOf(InterruptedError);
  });

  test.each(apis)('%s: broken tool arguments come back as the model wrote them', async (api) => {
    const answer = await callWithFault(api, 'badargs');
    expect(answer.stopReason).toBe('tool-calls');
    const [call] = toolCallsOf(answer.message);
    expect(call?.argumentsText).toMatch(/^\{/);
    expect(() => JSON.parse(call?.argumentsText ?? '')).toThrow();
  });

  test.each(apis)('%s: arguments cut by the output limit are `length`, never a call to make', async (api) => {
    const answer = await callWithFault(api, 'length');
    expect(answer.stopReason).toBe('length');
    expect(() => JSON.parse(toolCallsOf(answer.message)[0]?.argumentsText ?? '')).toThrow();
  });

  test.each(apis)('%s: the key is in no part of an error', async (api) => {
    const error = await failing(api, '401');
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain(
      'key-that-must-not-show',
    );
    expect(error.hint).toContain('FAULTY_KEY');
  });
});

test.runIf(!hasSharedMaterial)(`skipped: ${whySkipped}`, () => {
  expect(hasSharedMaterial).toBe(false);
});
