import { afterEach, expect, test } from 'vitest';
import { textOf } from '../../src/domain/message.ts';
import type { ModelRequest, ModelResponse } from '../../src/domain/model.ts';
import { callContext } from './support/call-context.ts';
import { openModel } from './support/open-model.ts';
import { eventReply, jsonReply, type ProviderServer, startProvider } from './support/provider-server.ts';

let server: ProviderServer | undefined;
afterEach(() => server?.close());

const question: ModelRequest = {
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }],
  tools: [],
  settings: {},
};
const said = (content: object) => ({ type: 'message', id: 'm', role: 'assistant', content: [content] });
const words = said({ type: 'output_text', text: 'Hi', annotations: [] });

async function ask(last: object, request = question, model = 'made-up'): Promise<ModelResponse> {
  server = await startProvider([eventReply([last])]);
  const client = await openModel('openai.responses', server.url, { model });
  return await client.generate(request, callContext());
}
const incomplete = (reason: string) => ({
  type: 'response.incomplete',
  response: { status: 'incomplete', incomplete_details: { reason }, output: [words] },
});
const failed = (error: object) => ({
  type: 'response.failed',
  response: { status: 'failed', error, output: [] },
});

test.each([
  ['max_output_tokens', 'length'],
  ['content_filter', 'content-filter'],
  ['something_new', 'length'],
] as const)('incomplete for %s is %s, with what was said', async (reason, stopReason) => {
  const answer = await ask(incomplete(reason));
  expect(answer.stopReason).toBe(stopReason);
  expect(textOf(answer.message)).toBe('Hi');
});

test('a refusal keeps its words, and is no text of an answer', async () => {
  const output = [said({ type: 'refusal', refusal: 'I will not.' })];
  const answer = await ask({ type: 'response.completed', response: { status: 'completed', output } });
  expect(answer).toMatchObject({ stopReason: 'refusal', stopDetail: 'I will not.', usageUnknown: true });
  expect(textOf(answer.message)).toBe('');
});

test.each([
  [failed({ code: 'server_error', message: 'no' }), 'MODEL_SERVER_ERROR', true],
  [failed({ code: 'rate_limit_exceeded', message: 'no' }), 'MODEL_RATE_LIMITED', true],
  [failed({ code: 'image_content_policy_violation', message: 'no' }), 'MODEL_CONTENT_FILTERED', false],
  [failed({ code: 'invalid_prompt', message: 'no' }), 'MODEL_REQUEST_INVALID', false],
  [{ type: 'error', code: 'insufficient_quota', message: 'no' }, 'MODEL_QUOTA', false],
  [
    { type: 'response.completed', response: { status: 'cancelled', output: [words] } },
    'MODEL_PROTOCOL',
    false,
  ],
  [{ type: 'response.created', response: { status: 'in_progress' } }, 'MODEL_STREAM_BROKEN', true],
] as const)('%j is %s', async (event, code, retryable) => {
  await expect(ask(event)).rejects.toMatchObject({ code, retryable });
});

test.each([
  ['gpt-5', {}, true],
  ['gpt-6.1-sol', {}, true],
  ['o4-mini', {}, true],
  ['gpt-4o', {}, false],
  ['gpt-5-chat-latest', {}, false],
  ['gateway-name', { reasoningEffort: 'high' }, true],
] as const)('%s with %j is asked for its encrypted reasoning: %s', async (model, settings, expected) => {
  await ask(incomplete('x'), { ...question, settings }, model);
  expect(server?.bodies[0].include).toEqual(expected ? ['reasoning.encrypted_content'] : undefined);
  expect(server?.bodies[0].store).toBe(false);
});

test('stop sequences are refused before anything is sent', async () => {
  const call = ask(incomplete('x'), { ...question, settings: { stop: ['END'] } });
  await expect(call).rejects.toMatchObject({ code: 'MODEL_REQUEST_INVALID' });
  expect(server?.bodies).toEqual([]);
});

test.each([
  [400, { code: 'content_filter', message: 'filtered' }, 'MODEL_CONTENT_FILTERED'],
  [402, { message: 'Insufficient Balance', type: 'unknown_error' }, 'MODEL_QUOTA'],
  [400, { message: "This model's maximum context length is 4096 tokens." }, 'MODEL_CONTEXT_OVERFLOW'],
  [403, { message: 'Country not supported' }, 'MODEL_AUTH'],
  [408, { message: 'slow' }, 'MODEL_TIMEOUT'],
  [422, { message: 'Unprocessable' }, 'MODEL_REQUEST_INVALID'],
  [502, {}, 'MODEL_SERVER_ERROR'],
] as const)('status %i with %j is %s', async (status, error, code) => {
  server = await startProvider([jsonReply({ error }, status)]);
  const client = await openModel('openai.responses', server.url);
  await expect(client.generate(question, callContext())).rejects.toMatchObject({ code });
});
