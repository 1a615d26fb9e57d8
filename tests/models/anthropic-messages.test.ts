import { afterEach, expect, test } from 'vitest';
import type { Message } from '../../src/domain/message.ts';
import type { ModelRequest, ModelResponse, ModelSettings } from '../../src/domain/model.ts';
import { samplingFields } from '../../src/models/anthropic-messages/sampling.ts';
import { thinkingFields } from '../../src/models/anthropic-messages/thinking.ts';
import { callContext } from './support/call-context.ts';
import { openModel } from './support/open-model.ts';
import { eventReply, jsonReply, type ProviderServer, startProvider } from './support/provider-server.ts';

let server: ProviderServer | undefined;
afterEach(() => server?.close());

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const question: ModelRequest = { messages: [user('Go')], tools: [], settings: {} };
const scan = { name: 'lake.scan', description: '', inputSchema: { type: 'object' }, effect: 'read' } as const;

const answerWith = (content: readonly object[], stop: object) => ({
  id: 'm',
  type: 'message',
  role: 'assistant',
  model: 'claude-x',
  content,
  usage: { input_tokens: 1, output_tokens: 1 },
  ...stop,
});

async function ask(body: object, request = question): Promise<ModelResponse> {
  server = await startProvider([jsonReply(body)]);
  const client = await openModel('anthropic.messages', server.url, { model: 'claude-x' });
  return await client.generate(request, callContext());
}

test.each([
  ['end_turn', 'end'],
  ['stop_sequence', 'end'],
  ['tool_use', 'tool-calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'context-overflow'],
  ['refusal', 'refusal'],
  ['pause_turn', 'pause'],
] as const)('stop_reason %s is %s', async (stop_reason, stopReason) => {
  const answer = await ask(answerWith([{ type: 'text', text: 'x' }], { stop_reason }));
  expect(answer.stopReason).toBe(stopReason);
});

test('a stop_reason that nobody knows is no answer', async () => {
  const call = ask(answerWith([], { stop_reason: 'bored' }));
  await expect(call).rejects.toMatchObject({ code: 'MODEL_PROTOCOL' });
});

test('a refusal in a stream keeps category and explanation', async () => {
  server = await startProvider([
    eventReply([
      { type: 'message_start', message: { id: 'm', usage: { input_tokens: 1, output_tokens: 1 } } },
      {
        type: 'message_delta',
        delta: { stop_reason: 'refusal', stop_details: { category: 'bio', explanation: 'not that' } },
        usage: { output_tokens: 1 },
      },
      { type: 'message_stop' },
    ]),
  ]);
  const client = await openModel('anthropic.messages', server.url);
  const answer = await client.generate(question, callContext());
  expect(answer).toMatchObject({ stopReason: 'refusal', stopDetail: 'bio: not that' });
});

test('a paused turn goes back to the letter, unknown blocks included', async () => {
  const content = [
    { type: 'redacted_thinking', data: 'c2VhbGVk' },
    { type: 'text', text: 'See', citations: [{ type: 'web', url: 'u' }] },
    { type: 'block_of_next_year', anything: { at: ['all'] } },
  ];
  const paused = await ask(answerWith(content, { stop_reason: 'pause_turn' }));
  const client = await openModel('anthropic.messages', server!.url, { model: 'claude-x' });
  await client.generate({ ...question, messages: [user('Go'), paused.message] }, callContext());
  expect(server!.bodies[1].messages[1]).toEqual({ role: 'assistant', content });
});

test('results of parallel calls stand in one user message, with the words that follow them', async () => {
  const result = (callId: string, isError: boolean): Message => ({
    role: 'tool',
    callId,
    name: 'lake.scan',
    content: [{ type: 'text', text: callId }],
    isError,
  });
  const call = (callId: string) =>
    ({ type: 'tool-call', callId, name: 'lake.scan', argumentsText: '{"a":' }) as const;
  await ask(answerWith([{ type: 'text', text: 'x' }], { stop_reason: 'end_turn' }), {
    messages: [
      { role: 'system', text: 'One.' },
      user('Go'),
      { role: 'assistant', parts: [call('a'), call('b')] },
      result('a', false),
      result('b', true),
      user('Mend it'),
      { role: 'system', text: 'Two.' },
    ],
    tools: [scan],
    settings: {},
  });
  const { messages, system } = server!.bodies[0];
  expect(system).toMatchObject([{ text: 'One.\n\nTwo.' }]);
  expect(messages.map((message: { role: string }) => message.role)).toEqual(['user', 'assistant', 'user']);
  // Broken arguments cannot be sent as an object; the result says what was wrong with them.
  expect(messages[1].content[0]).toEqual({ type: 'tool_use', id: 'a', name: 'lake__scan', input: {} });
  expect(messages[2].content).toMatchObject([
    { type: 'tool_result', tool_use_id: 'a' },
    { type: 'tool_result', tool_use_id: 'b', is_error: true },
    { type: 'text', text: 'Mend it' },
  ]);
});

test('without tools nothing is written to the cache; with them at most four marks', async () => {
  const reply = answerWith([{ type: 'text', text: 'x' }], { stop_reason: 'end_turn' });
  const long: Message[] = Array.from({ length: 9 }, (_, index) =>
    index % 2 === 0 ? user(`u${index}`) : { role: 'assistant', parts: [{ type: 'text', text: `a${index}` }] },
  );
  await ask(reply, { ...question, messages: [{ role: 'system', text: 's' }, ...long] });
  expect(JSON.stringify(server!.bodies[0])).not.toContain('cache_control');
  await server!.close();
  await ask(reply, {
    messages: [{ role: 'system', text: 's' }, ...long],
    tools: [scan, { ...scan, name: 'b' }],
    settings: {},
  });
  expect(JSON.stringify(server!.bodies[0]).match(/cache_control/g)).toHaveLength(4);
  expect(server!.bodies[0].messages.at(-1).content.at(-1)).toHaveProperty('cache_control');
});

test.each([
  ['claude-opus-5-5', 'high', { thinking: { type: 'adaptive' }, effort: 'high' }],
  ['claude-opus-4-8', 'minimal', { thinking: { type: 'adaptive' }, effort: 'low' }],
  ['claude-haiku-4-5-20251001', 'medium', { thinking: { type: 'enabled', budget_tokens: 8192 } }],
  ['claude-sonnet-4-20250514', 'max', { thinking: { type: 'enabled', budget_tokens: 25_600 } }],
  ['claude-opus-5-5', 'none', { thinking: { type: 'disabled' } }],
  ['claude-opus-5-5', undefined, {}],
] as const)('%s thinks with effort %s', (model, effort, expected) => {
  expect(thinkingFields(effort as ModelSettings['reasoningEffort'], { model, maxTokens: 32_000 })).toEqual(
    expected,
  );
});

test('settings have their names in this API, and the user has the last word', async () => {
  await ask(answerWith([{ type: 'text', text: 'x' }], { stop_reason: 'end_turn' }), {
    ...question,
    tools: [scan],
    settings: {
      topP: 0.5,
      stop: ['END'],
      toolChoice: 'required',
      providerOptions: { metadata: { user_id: 'u' }, max_tokens: 99, stream: false, messages: [] },
    },
  });
  expect(server!.bodies[0]).toMatchObject({
    top_p: 0.5,
    stop_sequences: ['END'],
    tool_choice: { type: 'any' },
    metadata: { user_id: 'u' },
    max_tokens: 99,
    stream: true,
    messages: [{ role: 'user' }],
  });
});

test.each([
  [{ temperature: 0 }, {}, true],
  [{ topP: 0.9 }, {}, true],
  [{ temperature: 0 }, { 'Anthropic-Version': '2023-06-01' }, false],
  [{}, {}, false],
])('Anthropic itself with settings %j and headers %j refuses %s', (settings, headers, refused) => {
  const fields = () =>
    samplingFields(settings, {
      model: 'm',
      connection: {
        provider: 'anthropic',
        api: 'anthropic.messages',
        baseUrl: 'https://api.anthropic.com',
        headers,
        structuredOutput: true,
        secrets: [],
      },
    });
  if (refused) expect(fields).toThrow(expect.objectContaining({ code: 'MODEL_REQUEST_INVALID' }) as Error);
  else expect(fields()).toMatchObject(settings);
});

test.each([
  ['contract_spend_limit_reached', 'rate_limit_error', 429, 'MODEL_QUOTA'],
  ['anything_else', 'rate_limit_error', 429, 'MODEL_RATE_LIMITED'],
])('the finer word %s of an error counts before its type', async (error_code, type, status, code) => {
  server = await startProvider([
    jsonReply({ type: 'error', error: { type, message: 'no', details: { error_code } } }, status),
  ]);
  const client = await openModel('anthropic.messages', server.url);
  await expect(client.generate(question, callContext())).rejects.toMatchObject({ code });
});
