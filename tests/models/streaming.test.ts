import { afterEach, expect, test } from 'vitest';
import { textOf } from '../../src/domain/message.ts';
import type { ModelRequest } from '../../src/domain/model.ts';
import { InterruptedError } from '../../src/errors/index.ts';
import { createModelSource } from '../../src/models/model-source.ts';
import { openChat } from '../../src/models/openai-chat/client.ts';
import { ConnectionFailure } from '../../src/models/wire/failure.ts';
import type { Post } from '../../src/models/wire/http-post.ts';
import { callContext } from './support/call-context.ts';
import { type Api, openModel } from './support/open-model.ts';
import {
  eventReply,
  eventText,
  type ProviderServer,
  type Reply,
  startProvider,
} from './support/provider-server.ts';

let server: ProviderServer | undefined;
afterEach(() => server?.close());

const question: ModelRequest = {
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }],
  tools: [],
  settings: {},
};

const answers: Record<Api, readonly object[]> = {
  'openai.chat': [
    { id: 'c', choices: [{ delta: { content: 'Hel' }, finish_reason: null }] },
    { id: 'c', choices: [{ delta: { content: 'lo' }, finish_reason: 'stop' }] },
  ],
  'openai.responses': [
    { type: 'response.output_text.delta', output_index: 0, delta: 'Hello' },
    {
      type: 'response.completed',
      response: {
        status: 'completed',
        output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] }],
      },
    },
  ],
  'anthropic.messages': [
    { type: 'message_start', message: { id: 'm', usage: { input_tokens: 1, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ],
};
const apis = Object.keys(answers) as Api[];

/** The first event, then silence. */
const stall =
  (api: Api): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(eventText(answers[api].slice(0, 1), false));
  };

/** Comments for longer than the idle time-out, then the answer. */
const slowWithComments =
  (api: Api, comments: number): Reply =>
  async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let sent = 0; sent < comments; sent++) {
      response.write(': still here\n\n');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    response.end(eventText(answers[api]));
  };

test.each(apis)('%s: silence in the middle of the answer is a time-out', async (api) => {
  server = await startProvider([stall(api)]);
  const client = await openModel(api, server.url);
  const call = client.generate(question, callContext({ idleTimeoutMs: 1500 }));
  await expect(call).rejects.toMatchObject({ code: 'MODEL_TIMEOUT', retryable: true });
  await expect(call).rejects.toThrow('in the middle of its answer');
});

test.each(apis)('%s: comments keep a slow answer alive', async (api) => {
  server = await startProvider([slowWithComments(api, 15)]);
  const client = await openModel(api, server.url);
  const answer = await client.generate(question, callContext({ idleTimeoutMs: 1000 }));
  expect(answer.message.parts).toMatchObject([{ type: 'text', text: 'Hello' }]);
});

test.each(apis)('%s: an abort in the middle of the answer is an interruption', async (api) => {
  server = await startProvider([stall(api)]);
  const client = await openModel(api, server.url);
  const aborting = new AbortController();
  const call = client.generate(question, callContext({ signal: aborting.signal }));
  setTimeout(() => aborting.abort(), 60);
  await expect(call).rejects.toBeInstanceOf(InterruptedError);
});

test.each(apis)('%s: an abort before the call sends nothing', async (api) => {
  server = await startProvider([eventReply(answers[api])]);
  const client = await openModel(api, server.url);
  const call = client.generate(question, callContext({ signal: AbortSignal.abort() }));
  await expect(call).rejects.toBeInstanceOf(InterruptedError);
  expect(server.bodies).toHaveLength(0);
});

test.each(apis)('%s: many calls at once, each with its own connection, kept for the next', async (api) => {
  server = await startProvider([eventReply(answers[api])]);
  const client = await openModel(api, server.url);
  const round = () => Promise.all(Array.from({ length: 50 }, () => client.generate(question, callContext())));
  await round();
  const connections = server.connections();
  const again = await round();
  expect(again).toHaveLength(50);
  expect(connections).toBeGreaterThan(1);
  expect(server.connections()).toBeLessThan(connections + 50);
});

test.each(apis)('%s: nothing is written to standard output or error', async (api) => {
  server = await startProvider([eventReply(answers[api].slice(0, 1)), eventReply(answers[api])]);
  const client = await openModel(api, server.url, { model: 'claude-sonnet-4-5' });
  const written: string[] = [];
  const write = process.stderr.write.bind(process.stderr);
  const out = process.stdout.write.bind(process.stdout);
  const keep = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
  process.stderr.write = keep;
  process.stdout.write = keep;
  try {
    await client.generate(question, callContext()).catch(() => undefined);
    await client.generate(question, callContext());
  } finally {
    process.stderr.write = write;
    process.stdout.write = out;
  }
  expect(written).toEqual([]);
});

test.each(apis)('%s: every call has the headers of the first', async (api) => {
  server = await startProvider([eventReply(answers[api])]);
  const client = await openModel(api, server.url, { headers: { 'x-team': 'data' } });
  await client.generate(question, callContext());
  await client.generate(question, callContext());
  expect(server.headers[0]).toMatchObject({ 'x-team': 'data', 'content-type': 'application/json' });
  expect(server.headers[1]).toEqual(server.headers[0]);
});

test.each(apis)('%s: a character that is cut in two arrives whole', async (api) => {
  const bytes = Buffer.from(eventText(answers[api]).replaceAll('Hello', 'Grüße').replaceAll('Hel', 'Grü'));
  const cutAt = bytes.indexOf('ü') + 1;
  const inTwo: Reply = async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(bytes.subarray(0, cutAt));
    await new Promise((resolve) => setTimeout(resolve, 50));
    response.end(bytes.subarray(cutAt));
  };
  server = await startProvider([inTwo]);
  const answer = await (await openModel(api, server.url)).generate(question, callContext());
  expect(textOf(answer.message)).toMatch(/^Grü(ße|lo)$/);
});

test.each(apis)('%s: the last event counts without the blank line after it', async (api) => {
  server = await startProvider([
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(eventText(answers[api], false).trimEnd());
    },
  ]);
  const answer = await (await openModel(api, server.url)).generate(question, callContext());
  expect(textOf(answer.message)).toBe('Hello');
});

test('an error whose body breaks off is known by its status', async () => {
  const broken: Reply = (response) => {
    response.writeHead(429, {
      'content-type': 'application/json',
      'content-length': 100,
      'retry-after': '3',
    });
    response.write('{"error":', () => response.destroy());
  };
  server = await startProvider([broken]);
  const client = await openModel('openai.chat', server.url);
  await expect(client.generate(question, callContext())).rejects.toMatchObject({
    code: 'MODEL_RATE_LIMITED',
    retryAfterMs: 3000,
  });
});

test('an answer that is not read to its end lets go of its connection', async () => {
  const closed = Promise.withResolvers<void>();
  const endless: Reply = (response) => {
    response.once('close', closed.resolve);
    response.writeHead(200, { 'content-type': 'text/html' });
    response.write('<html>');
  };
  server = await startProvider([endless]);
  const client = await openModel('openai.chat', server.url);
  await expect(client.generate(question, callContext())).rejects.toMatchObject({ code: 'MODEL_PROTOCOL' });
  await closed.promise;
});

test('a server that is not there', async () => {
  server = await startProvider([]);
  const { url } = server;
  await server.close();
  const client = await openModel('openai.chat', url);
  await expect(client.generate(question, callContext())).rejects.toMatchObject({
    code: 'MODEL_UNREACHABLE',
    retryable: true,
    hint: expect.stringContaining(url) as string,
  });
});

test.each(apis)('%s: a message is converted once, however often it is sent', async (api) => {
  server = await startProvider([eventReply(answers[api])]);
  const client = await openModel(api, server.url);
  let reads = 0;
  const watched = {
    role: 'user',
    get content() {
      reads++;
      return [{ type: 'text', text: 'Go' } as const];
    },
  } as const;
  const request: ModelRequest = { messages: [watched], tools: [], settings: {} };
  await client.generate(request, callContext());
  const readsOfFirstCall = reads;
  await client.generate(request, callContext());
  expect(readsOfFirstCall).toBeGreaterThan(0);
  expect(reads).toBe(readsOfFirstCall);
  expect(server.bodies[1]).toEqual(server.bodies[0]);
});

test('another host is reached through the proxy of the environment, this machine never is', async () => {
  server = await startProvider([eventReply(answers['openai.chat'])]);
  const env = { HTTP_PROXY: server.url };
  const provider = (baseUrl: string) => ({ api: 'openai.chat', baseUrl, structuredOutput: true }) as const;
  const direct = await startProvider([eventReply(answers['openai.chat'])]);
  const source = createModelSource({
    config: { providers: { far: provider('http://model.invalid/v1'), near: provider(`${direct.url}/v1`) } },
    env,
  });
  await (await source.open('far:m')).generate(question, callContext());
  expect(server.headers[0]).toMatchObject({ host: 'model.invalid' });
  await (await source.open('near:m')).generate(question, callContext());
  expect([server.bodies.length, direct.bodies.length]).toEqual([1, 1]);
  await direct.close();
});

test.each([
  ['ECONNREFUSED', true],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', false],
])('a connection that fails with %s is worth another try: %s', async (code, retryable) => {
  const refusing: Post = () =>
    Promise.reject(new ConnectionFailure(Object.assign(new Error('no'), { code })));
  const model = await openChat(
    {
      provider: 'p',
      api: 'openai.chat',
      baseUrl: 'https://model.invalid/v1',
      headers: {},
      structuredOutput: true,
      secrets: [],
    },
    refusing,
  );
  const call = model('m').generate(question, callContext());
  await expect(call).rejects.toMatchObject({ code: 'MODEL_UNREACHABLE', retryable });
});
