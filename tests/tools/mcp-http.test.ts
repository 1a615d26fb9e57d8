import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { expect, test } from 'vitest';
import { listen, modernListener, stop } from './http-support.ts';
import { call, callContext, findTool, openServer, reference, textOf, until } from './support.ts';

test.each(['json', 'sse'] as const)(
  'a call over streamable HTTP, with headers from the environment (%s)',
  async (responseMode) => {
    const { url } = await listen(modernListener({ responseMode }));
    const headers = { Authorization: `Bearer ${reference('SHOP_TOKEN')}` };
    const server = openServer({ url, headers }, { environment: { SHOP_TOKEN: 'abc' } });
    const seen = JSON.parse(textOf(await call(server, 'headers')));
    expect(seen).toMatchObject({
      authorization: 'Bearer abc',
      'mcp-method': 'tools/call',
      'mcp-name': 'headers',
    });
    const meta = JSON.parse(textOf(await call(server, 'meta')));
    expect(meta).toMatchObject({ 'io.aiworkflow/idempotency-key': 'run1/scan/t1.1' });
  },
);

/** A server of the older era with sessions, that forgets them on demand. */
async function olderHttpServer() {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const counts = { sessions: 0, calls: 0, streams: 0, slow: 0 };
  let finishSlow = () => {};
  const finished = new Promise<void>((resolve) => {
    finishSlow = resolve;
  });
  const listening = await listen(async (request, response) => {
    const id = request.headers['mcp-session-id'];
    if (request.method === 'GET') counts.streams += 1;
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (typeof id === 'string' && !known) return response.writeHead(404).end();
    if (known) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (created) => {
        counts.sessions += 1;
        sessions.set(created, transport);
      },
    });
    const server = new McpServer({ name: 'older', version: '1.0.0' });
    server.registerTool('count', { description: 'Counts its calls.' }, async () => {
      counts.calls += 1;
      return { content: [{ type: 'text', text: String(counts.calls) }] };
    });
    server.registerTool('slow', { description: 'Answers when it is told to.' }, async () => {
      counts.slow += 1;
      await finished;
      return { content: [{ type: 'text', text: 'slowly' }] };
    });
    await server.connect(transport as never);
    return transport.handleRequest(request, response);
  });
  return { ...listening, sessions, counts, finishSlow: () => finishSlow() };
}

test('an older server with sessions; when it has forgotten the session a new one is opened and the call made once', async () => {
  const older = await olderHttpServer();
  const count = await findTool(openServer({ url: older.url }), 'count');
  expect(textOf(await count.call({}, callContext()))).toBe('1');
  older.sessions.clear();
  expect(textOf(await count.call({}, callContext()))).toBe('2');
  // A stream that nobody listens to would keep the program running.
  expect(older.counts).toEqual({ sessions: 2, calls: 2, streams: 0, slow: 0 });
});

test('a session that is forgotten while a call runs on it: the other call starts a new one, the first gets its answer', async () => {
  const older = await olderHttpServer();
  const tools = openServer({ url: older.url });
  const [count, slow] = [await findTool(tools, 'count'), await findTool(tools, 'slow')];
  const answer = slow.call({}, callContext());
  await until(() => older.counts.slow === 1);
  older.sessions.clear();
  expect(textOf(await count.call({}, callContext()))).toBe('1');
  older.finishSlow();
  expect(textOf(await answer)).toBe('slowly');
  expect(older.counts.sessions).toBe(2);
});

test.each([
  [401, /refused us \(HTTP 401\)/, /tools\.fixture\.headers/],
  [403, /refused us \(HTTP 403\)/, /tools\.fixture\.headers/],
  [404, /is not at .* \(HTTP 404\)/, /tools\.fixture\.url/],
  [500, /answered with HTTP 500/, /server's own log/],
])('a server that cannot be used: HTTP %i', async (status, message, hint) => {
  const { url } = await listen((_request, response) => response.writeHead(status).end('no'));
  await expect(openServer({ url }).getCallableTools()).rejects.toMatchObject({
    code: 'TOOL_SERVER_UNREACHABLE',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

test('nobody listens: the error says where', async () => {
  const { server, url } = await listen(() => {});
  await stop(server);
  await expect(openServer({ url }).getCallableTools()).rejects.toMatchObject({
    code: 'TOOL_SERVER_UNREACHABLE',
    message: expect.stringMatching(/could not be reached: ECONNREFUSED/),
  });
});

test('a port that fetch refuses: the error is in its words, not in those of the protocol library', async () => {
  await expect(openServer({ url: 'http://127.0.0.1:9/mcp' }).getCallableTools()).rejects.toMatchObject({
    code: 'TOOL_SERVER_UNREACHABLE',
    message: expect.stringMatching(/could not be reached: bad port\.$/),
  });
});

test('a server that went away before the call: unreachable, nothing happened; when it is back the call goes on', async () => {
  const first = await listen(modernListener());
  const wait = await findTool(openServer({ url: first.url }), 'wait');
  await stop(first.server);
  // The library must have seen its idle connection close; a request on a dead one could have been read.
  await new Promise((resolve) => setTimeout(resolve, 100));
  await expect(wait.call({ ms: 1 }, callContext())).rejects.toMatchObject({
    code: 'TOOL_SERVER_UNREACHABLE',
  });
  await listen(modernListener(), first.port);
  expect(textOf(await wait.call({ ms: 1 }, callContext()))).toBe('waited 1');
});

test.each(['json', 'sse'] as const)(
  'a connection that breaks in the middle of a call: the outcome is unknown at once (%s)',
  async (responseMode) => {
    const { server, url } = await listen(modernListener({ responseMode }));
    const wait = await findTool(openServer({ url }), 'wait');
    const arrived = new Promise((resolve) => server.once('request', resolve));
    const outcome = wait
      .call({ ms: 60_000 }, callContext({ timeoutMs: 60_000 }))
      .catch((error: unknown) => error);
    await arrived;
    // The response's head has been sent when it is a stream: both ways of being cut off are met.
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.closeAllConnections();
    expect(await outcome).toMatchObject({
      code: 'TOOL_OUTCOME_UNKNOWN',
      details: { reason: 'connection-lost' },
    });
  },
);

test.each([
  ['is torn', (response: ServerResponse) => response.destroy()],
  ['ends in order', (response: ServerResponse) => response.end()],
])('a stream that %s without an answer: the outcome is unknown at once', async (_name, leave) => {
  const modern = modernListener();
  const { url } = await listen((request, response) => {
    if (request.headers['mcp-method'] !== 'tools/call') return modern(request, response);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': working\n\n');
    return setTimeout(() => leave(response), 50);
  });
  const wait = await findTool(openServer({ url }), 'wait');
  await expect(wait.call({ ms: 1 }, callContext({ timeoutMs: 600_000 }))).rejects.toMatchObject({
    code: 'TOOL_OUTCOME_UNKNOWN',
    message: expect.stringContaining('the response ended without an answer'),
  });
});

test('a gateway that gives up (HTTP 504) leaves the outcome unknown; 429 is told to the model', async () => {
  const modern = modernListener();
  let status = 0;
  const { url } = await listen((request, response) =>
    request.headers['mcp-method'] === 'tools/call' && status > 0
      ? response.writeHead(status).end('busy')
      : modern(request, response),
  );
  const wait = await findTool(openServer({ url }), 'wait');
  status = 504;
  await expect(wait.call({ ms: 1 }, callContext())).rejects.toMatchObject({ code: 'TOOL_OUTCOME_UNKNOWN' });
  status = 429;
  expect(await wait.call({ ms: 1 }, callContext())).toMatchObject({ isError: true });
  status = 401;
  await expect(wait.call({ ms: 1 }, callContext())).rejects.toMatchObject({
    code: 'TOOL_SERVER_UNREACHABLE',
  });
});

test('time-out and cancellation over HTTP', async () => {
  const { url } = await listen(modernListener());
  const never = await findTool(openServer({ url }), 'never');
  await expect(never.call({}, callContext({ timeoutMs: 200 }))).rejects.toMatchObject({
    details: { reason: 'timeout' },
  });
  const signal = AbortSignal.timeout(100);
  await expect(never.call({}, callContext({ signal }))).rejects.toMatchObject({
    details: { reason: 'cancelled' },
  });
});

test.each(['json', 'sse'] as const)(
  'a result that is too large over HTTP fails its own call (%s)',
  async (responseMode) => {
    const { url } = await listen(modernListener({ responseMode }));
    const big = await findTool(openServer({ url }, { maxMessageBytes: 4_000_000 }), 'big');
    const output = await big.call({ megabytes: 20 }, callContext());
    expect(output.isError).toBe(true);
    expect(textOf(output)).toMatch(/more than 3\.8 MB/);
    expect(textOf(await big.call({ megabytes: 1 }, callContext()))).toHaveLength(1_000_000);
  },
);
