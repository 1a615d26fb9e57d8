import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { ServerConfig } from '../../src/domain/server-config.ts';
import { InterruptedError, ToolError } from '../../src/errors/index.ts';
import {
  call,
  callContext,
  findTool,
  modernServer,
  openServer,
  rawServer,
  temporaryFolder,
  textOf,
  until,
} from './support.ts';

const withArgument = (server: ServerConfig, argument: string): ServerConfig =>
  ({ ...server, args: [...('args' in server ? (server.args ?? []) : []), argument] }) as ServerConfig;

test.each<[string, ServerConfig, RegExp, RegExp]>([
  [
    'no such command',
    { command: 'no-such-mcp-server' },
    /command "no-such-mcp-server" was not found/,
    /tools\.fixture\.command/,
  ],
  [
    'no such folder',
    { ...modernServer, cwd: 'no/such/folder' } as ServerConfig,
    /folder .*no\/such\/folder does not exist/,
    /tools\.fixture\.cwd/,
  ],
  [
    'ends at once',
    rawServer('exit-at-once'),
    /ended \(exit code 2\).*\nconfig\.json is missing/,
    /by hand: .*raw-server\.mjs'? exit-at-once/,
  ],
  [
    'ends at once, with blanks and quotes in its arguments',
    withArgument(rawServer('exit-at-once'), "a b's"),
    /ended/,
    /by hand: .*raw-server\.mjs'? exit-at-once 'a b'\\''s'$/,
  ],
  [
    'prints something else',
    rawServer('garbage'),
    /did not answer as MCP.*\nListening on port 8080/,
    /logs to standard error/,
  ],
  ['floods its output', rawServer('flood'), /did not answer as MCP.*\nzzz/, /logs to standard error/],
])('a server that does not start: %s', async (_name, config, message, hint) => {
  const server = openServer(config, { startTimeoutMs: 1500 });
  await expect(server.getCallableTools()).rejects.toMatchObject({
    code: 'TOOL_SERVER_UNREACHABLE',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

test('a crash in the middle of a call: it may have happened, and the error shows the last words', async () => {
  const server = openServer(modernServer);
  const failure = await call(server, 'crash').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ToolError);
  expect(failure).toMatchObject({
    code: 'TOOL_OUTCOME_UNKNOWN',
    message: expect.stringMatching(
      /"fixture\.crash".*exit code 3.*may have happened.*\nfatal: the disk is on fire/s,
    ),
    details: { tool: 'fixture.crash', reason: 'connection-lost' },
  });
});

test('a crash ends every call that is in flight, and the next call starts the server again', async () => {
  const server = openServer(modernServer);
  const wait = await findTool(server, 'wait');
  const crash = await findTool(server, 'crash');
  const outcomes = await Promise.allSettled([
    wait.call({ ms: 60_000 }, callContext()),
    wait.call({ ms: 60_000 }, callContext()),
    crash.call({}, callContext()),
  ]);
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(
    Array(3).fill('TOOL_OUTCOME_UNKNOWN'),
  );
  expect(textOf(await wait.call({ ms: 1 }, callContext()))).toBe('waited 1');
});

test('a server that has died between two calls is started again, and the call is made once', async () => {
  const journal = join(temporaryFolder(), 'journal');
  const server = openServer(rawServer('', journal));
  const one = await findTool(server, 'one');
  const goodbye = textOf(await one.call({ leave: true }, callContext()));
  const pid = Number(goodbye.replace('goodbye from ', ''));
  // Gone, and not only ending: a process that still holds its pipe could have received the next call.
  await until(() => !existsSync(`/proc/${pid}`));
  expect(textOf(await one.call({}, callContext()))).toBe('did one');
  expect(readFileSync(journal, 'utf8')).toBe('start\ncall one\nstart\ncall one\n');
});

test('a call that the server could not receive is made by its successor', async () => {
  const journal = join(temporaryFolder(), 'journal');
  const one = await findTool(openServer(rawServer('', journal)), 'one');
  expect(textOf(await one.call({ goDeaf: true }, callContext()))).toBe('deaf');
  // The answer leaves before the pipe is closed: the next call must find it closed.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(textOf(await one.call({}, callContext()))).toBe('did one');
  expect(readFileSync(journal, 'utf8')).toBe('start\ncall one\nstart\ncall one\n');
});

test('a call that was handed over is never sent a second time', async () => {
  const folder = temporaryFolder();
  const [journal, died] = [join(folder, 'journal'), join(folder, 'died')];
  const server = openServer(rawServer('', journal));
  const one = await findTool(server, 'one');
  await expect(one.call({ dieOnce: died }, callContext())).rejects.toMatchObject({
    code: 'TOOL_OUTCOME_UNKNOWN',
  });
  expect(existsSync(died)).toBe(true);
  expect(readFileSync(journal, 'utf8')).toBe('start\ncall one\n');
});

test('after three restarts within a minute the server is given up', async () => {
  const server = openServer(rawServer());
  const one = await findTool(server, 'one');
  const codes: string[] = [];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    codes.push(
      await one.call({ die: true }, callContext()).then(
        () => 'ok',
        (error) => error.code,
      ),
    );
  }
  expect(codes).toEqual([...Array(4).fill('TOOL_OUTCOME_UNKNOWN'), 'TOOL_SERVER_UNREACHABLE']);
  await expect(one.call({}, callContext())).rejects.toMatchObject({
    message: expect.stringContaining('was started 4 times within a minute'),
  });
});

test('a server that never starts is not tried for ever, and the reason stays in sight', async () => {
  const server = openServer({ command: 'no-such-mcp-server' });
  const messages: string[] = [];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await server.getCallableTools().catch((error: Error) => messages.push(error.message));
  }
  expect(messages).toHaveLength(5);
  expect(messages[4]).toMatch(/started 4 times.*"no-such-mcp-server" was not found/);
});

test('a tool that never returns is cut off, told so, and progress does not push the time back', async () => {
  const server = openServer(modernServer);
  await expect(call(server, 'never', {}, { timeoutMs: 300 })).rejects.toMatchObject({
    code: 'TOOL_OUTCOME_UNKNOWN',
    message: expect.stringContaining('no answer in time after 300 ms'),
    details: { tool: 'fixture.never', reason: 'timeout' },
  });
  await until(async () => textOf(await call(server, 'cancellations')) === '1');
});

test('the time-out of the server configuration wins over that of the step', async () => {
  const server = openServer({ ...modernServer, timeoutMs: 200 });
  await expect(call(server, 'never', {}, { timeoutMs: 600_000 })).rejects.toMatchObject({
    details: { reason: 'timeout' },
  });
});

test('cancellation reaches the server, and the outcome is unknown', async () => {
  const server = openServer(modernServer);
  const never = await findTool(server, 'never');
  const controller = new AbortController();
  const outcome = never.call({}, callContext({ signal: controller.signal })).catch((error: unknown) => error);
  await call(server, 'environment');
  controller.abort();
  expect(await outcome).toMatchObject({ code: 'TOOL_OUTCOME_UNKNOWN', details: { reason: 'cancelled' } });
  await until(async () => textOf(await call(server, 'cancellations')) === '1');
});

test('a call of an interrupted run is not sent', async () => {
  const journal = join(temporaryFolder(), 'journal');
  const one = await findTool(openServer(rawServer('', journal)), 'one');
  await expect(one.call({}, callContext({ signal: AbortSignal.abort() }))).rejects.toBeInstanceOf(
    InterruptedError,
  );
  expect(readFileSync(journal, 'utf8')).toBe('start\n');
});

test('a closed server refuses to start again', async () => {
  const server = openServer(modernServer);
  const wait = await findTool(server, 'wait');
  await server.close();
  await expect(wait.call({ ms: 1 }, callContext())).rejects.toMatchObject({
    code: 'TOOL_SERVER_UNREACHABLE',
  });
});

test.each<[string, JsonObject]>([
  ['the id before the result', { megabytes: 200, where: 'first' }],
  ['the id behind the result', { megabytes: 200, where: 'last' }],
])(
  'a result of 200 MB fails its own call, in bounded memory, and the server goes on: %s',
  async (_name, args) => {
    const one = await findTool(openServer(rawServer()), 'one');
    await one.call({}, callContext());
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 10);
    const [huge, small] = await Promise.all([one.call(args, callContext()), one.call({}, callContext())]);
    clearInterval(watch);
    expect(huge.isError).toBe(true);
    expect(textOf(huge)).toMatch(/190\.7 MB; at most 64\.0 MB are taken.*ask for less/);
    expect(textOf(small)).toBe('did one');
    expect(peak - before).toBeLessThan(200_000_000);
  },
);

test('a result of 20 MB arrives whole', async () => {
  const output = await call(openServer(modernServer), 'big', { megabytes: 20 });
  expect(textOf(output)).toHaveLength(20_000_000);
});
