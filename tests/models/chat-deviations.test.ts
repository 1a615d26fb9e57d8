import { afterEach, expect, test } from 'vitest';
import { textOf, toolCallsOf } from '../../src/domain/message.ts';
import type { ModelRequest, ModelResponse } from '../../src/domain/model.ts';
import { callContext } from './support/call-context.ts';
import { openModel } from './support/open-model.ts';
import {
  eventReply,
  jsonReply,
  type ProviderServer,
  type Reply,
  startProvider,
  textReply,
} from './support/provider-server.ts';

let server: ProviderServer | undefined;
afterEach(() => server?.close());

const question: ModelRequest = {
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }],
  tools: [{ name: 'lake.scan', description: '', inputSchema: { type: 'object' }, effect: 'read' }],
  settings: {},
};

async function ask(reply: Reply): Promise<ModelResponse> {
  server = await startProvider([reply]);
  const client = await openModel('openai.chat', server.url);
  return await client.generate(question, callContext());
}

const delta = (fields: object, finish: string | null = null) => ({
  id: 'c',
  choices: [{ index: 0, delta: fields, finish_reason: finish }],
});
const call = (fields: object) => delta({ tool_calls: [fields] });
const scan = (args: unknown) => ({ function: { name: 'lake__scan', arguments: args } });

const readCalls = (answer: ModelResponse) =>
  toolCallsOf(answer.message).map(({ callId, name, argumentsText }) => [callId, name, argumentsText]);

test.each([
  [
    'pieces without an index, joined by id',
    [call({ id: 'a', ...scan('{"p":') }), call({ id: 'a', function: { arguments: '1}' } })],
    [['a', 'lake.scan', '{"p":1}']],
  ],
  [
    'pieces without index and id go on with the last call',
    [call({ id: 'a', ...scan('{"p":') }), call({ function: { arguments: '1}' } })],
    [['a', 'lake.scan', '{"p":1}']],
  ],
  [
    'whole calls in one chunk, all with index 0',
    [call({ index: 0, id: 'a', ...scan('{"p":1}') }), call({ index: 0, id: 'b', ...scan('{"p":2}') })],
    [
      ['a', 'lake.scan', '{"p":1}'],
      ['b', 'lake.scan', '{"p":2}'],
    ],
  ],
  [
    'no id at all: one of ours, unique in the conversation',
    [call({ ...scan('{}') }), call({ ...scan('{"p":2}') })],
    [
      ['call_1_0', 'lake.scan', '{}'],
      ['call_1_1', 'lake.scan', '{"p":2}'],
    ],
  ],
  [
    'arguments as an object',
    [call({ index: 0, id: 'a', ...scan({ p: 1 }) })],
    [['a', 'lake.scan', '{"p":1}']],
  ],
  ['no arguments', [call({ index: 0, id: 'a', ...scan('') })], [['a', 'lake.scan', '{}']]],
  [
    'the name again in every piece',
    [
      call({ index: 0, id: 'a', ...scan('{"p"') }),
      call({ index: 0, function: { name: 'lake__scan', arguments: ':1}' } }),
    ],
    [['a', 'lake.scan', '{"p":1}']],
  ],
] as const)('tool calls: %s', async (_, events, expected) => {
  const answer = await ask(eventReply([...events, delta({}, 'stop')]));
  expect(readCalls(answer)).toEqual(expected);
  expect(answer.stopReason).toBe('tool-calls');
});

test('missing usage is unknown, not zero', async () => {
  const answer = await ask(eventReply([delta({ content: 'Hi' }, 'stop')]));
  expect(answer.usageUnknown).toBe(true);
});

test('usage that grows with every chunk is its last value', async () => {
  const usage = (n: number) => ({ usage: { prompt_tokens: 5, completion_tokens: n } });
  const events = [
    { ...delta({ content: 'a' }), ...usage(1) },
    { ...delta({ content: 'b' }, 'stop'), ...usage(2) },
  ];
  expect((await ask(eventReply(events))).usage).toMatchObject({ inputTokens: 5, outputTokens: 2 });
});

test('content as a list of parts', async () => {
  const answer = await ask(eventReply([delta({ content: [{ type: 'text', text: 'Hi' }] }, 'stop')]));
  expect(textOf(answer.message)).toBe('Hi');
});

test('a server that does not stream although it was asked to', async () => {
  const body = {
    id: 'c',
    model: 'm',
    choices: [{ message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 1 },
  };
  const answer = await ask(jsonReply(body));
  expect(answer).toMatchObject({ stopReason: 'end', resolvedModel: 'm', usage: { inputTokens: 3 } });
  expect(textOf(answer.message)).toBe('Hi');
});

test.each([
  ['stop', 'end'],
  ['length', 'length'],
  ['content_filter', 'content-filter'],
  ['eos', 'end'],
] as const)('finish_reason %s is %s', async (finish, stopReason) => {
  expect((await ask(eventReply([delta({ content: 'x' }, finish)]))).stopReason).toBe(stopReason);
});

test('a refusal keeps its words', async () => {
  const answer = await ask(eventReply([delta({ refusal: 'I will ' }), delta({ refusal: 'not.' }, 'stop')]));
  expect(answer).toMatchObject({ stopReason: 'refusal', stopDetail: 'I will not.' });
  expect(textOf(answer.message)).toBe('');
});

test.each([
  [
    'an error with status 200',
    jsonReply({ error: { message: 'no', code: 'insufficient_quota' } }),
    'MODEL_QUOTA',
  ],
  [
    'an error with a number as code',
    jsonReply({ error: { message: 'busy', code: 502 } }, 502),
    'MODEL_SERVER_ERROR',
  ],
  ['a page of HTML', textReply('<html>Sign in</html>', 'text/html'), 'MODEL_PROTOCOL'],
  ['a page that is not there', textReply('<html>', 'text/html', 404), 'MODEL_NOT_FOUND'],
  ['JSON that is none', textReply('{"choices":', 'application/json'), 'MODEL_STREAM_BROKEN'],
  ['JSON of another API', jsonReply({ output: [] }), 'MODEL_PROTOCOL'],
  ['an unknown finish_reason', eventReply([delta({ content: 'x' }, 'bored')]), 'MODEL_PROTOCOL'],
  ['a stream without an end', eventReply([delta({ content: 'x' })], false), 'MODEL_STREAM_BROKEN'],
  ['a stream that says [DONE] too early', eventReply([delta({ content: 'x' })]), 'MODEL_STREAM_BROKEN'],
  ['an event that is no JSON', textReply('data: {"id\n\n', 'text/event-stream'), 'MODEL_STREAM_BROKEN'],
] as const)('%s', async (_, reply, code) => {
  await expect(ask(reply)).rejects.toMatchObject({ code });
});

test('reasoning and signatures go back to the provider that gave them, and to no other', async () => {
  const events = [
    delta({ reasoning_content: 'Hmm' }),
    call({ index: 0, id: 'a', extra_content: { google: { thought_signature: 's' } }, ...scan('{}') }),
    delta({}, 'tool_calls'),
  ];
  server = await startProvider([eventReply(events)]);
  const client = await openModel('openai.chat', server.url, { provider: 'first' });
  const { message } = await client.generate(question, callContext());
  const next: ModelRequest = { ...question, messages: [...question.messages, message] };
  await client.generate(next, callContext());
  expect(server.bodies[1].messages[1]).toMatchObject({
    reasoning_content: 'Hmm',
    tool_calls: [{ id: 'a', extra_content: { google: { thought_signature: 's' } } }],
  });
  const other = await openModel('openai.chat', server.url, { provider: 'second' });
  await other.generate(next, callContext());
  expect(server.bodies[2].messages[1]).not.toHaveProperty('reasoning_content');
  expect(server.bodies[2].messages[1].tool_calls[0]).not.toHaveProperty('extra_content');
});
