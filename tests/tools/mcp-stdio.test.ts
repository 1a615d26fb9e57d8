import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { ServerConfig } from '../../src/domain/server-config.ts';
import {
  call,
  findTool,
  modernServer,
  olderServer,
  openServer,
  rawServer,
  reference,
  temporaryFolder,
  textOf,
} from './support.ts';

test('the file system server: tools, effect classes, a call, a failure that the model can mend', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'feed.csv'), 'sku;price\n1;2,50\n');
  const files = openServer({ command: 'mcp-server-filesystem', args: [folder] }, { name: 'files' });
  const tools = await files.getCallableTools();
  const effects = Object.fromEntries(tools.map(({ definition }) => [definition.name, definition.effect]));
  expect(effects).toMatchObject({
    'files.read_text_file': 'read',
    'files.write_file': 'idempotent',
    'files.move_file': 'irreversible',
  });
  expect(textOf(await call(files, 'read_text_file', { path: join(folder, 'feed.csv') }))).toBe(
    'sku;price\n1;2,50\n',
  );
  const failed = await call(files, 'read_text_file', { path: join(folder, 'none.csv') });
  expect(failed.isError).toBe(true);
  expect(textOf(failed)).toContain('none.csv');
});

test('the server with everything: a structured result and an image', async () => {
  const everything = openServer({ command: 'mcp-server-everything' });
  const weather = await call(everything, 'get-structured-content', { location: 'New York' });
  expect(weather.structured).toMatchObject({ temperature: expect.any(Number) });
  const image = await call(everything, 'get-tiny-image');
  expect(image.content.some((part) => part.type === 'media' && part.mediaType === 'image/png')).toBe(true);
});

test('an older server is spoken to in its own revision', async () => {
  const output = await call(openServer(olderServer), 'add', { a: 1, b: 2 });
  expect(JSON.parse(textOf(output))).toMatchObject({
    sum: 3,
    _meta: { 'io.aiworkflow/idempotency-key': 'run1/scan/t1.1' },
  });
});

test('a server that ends when the first message is not initialize is started again', async () => {
  expect(textOf(await call(openServer(rawServer('die-on-probe')), 'one'))).toBe('did one');
});

test('the idempotency key reaches a server of the current revision', async () => {
  const output = await call(openServer(modernServer), 'meta', {}, { idempotencyKey: 'run9/load/call' });
  expect(JSON.parse(textOf(output))).toMatchObject({ 'io.aiworkflow/idempotency-key': 'run9/load/call' });
});

test('a list in pages is read to its end, sorted by name, with schemas as they were given', async () => {
  const tools = await openServer(rawServer()).getCallableTools();
  expect(tools.map(({ definition }) => definition.name)).toEqual([
    'fixture.one',
    'fixture.three',
    'fixture.two',
  ]);
  expect(tools[1]?.definition).toEqual({
    name: 'fixture.three',
    description: 'three',
    inputSchema: { type: 'object' },
    outputSchema: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } },
    effect: 'irreversible',
  });
});

test('a definition has the same canonical text after a restart', async () => {
  const spelled = async () => {
    const tools = await openServer(modernServer).getCallableTools();
    return tools.map(({ definition }) => canonicalJson(definition as unknown as Json));
  };
  expect(await spelled()).toEqual(await spelled());
});

test('effect classes: from the annotations, and from the project where it says so', async () => {
  const effects = { wait: 'read' } as const;
  const plain = await openServer(modernServer).getCallableTools();
  const classOf = (tools: typeof plain, name: string) =>
    tools.find(({ definition }) => definition.name === `fixture.${name}`)?.definition.effect;
  expect(['environment', 'wait', 'never', 'fail'].map((name) => classOf(plain, name))).toEqual([
    'read',
    'idempotent',
    'reversible',
    'irreversible',
  ]);
  const declared = await openServer({ ...modernServer, effects }).getCallableTools();
  expect(classOf(declared, 'wait')).toBe('read');
});

test('a misspelt name in effects is an error that names the right one', async () => {
  const server = openServer({ ...modernServer, effects: { enviroment: 'read' } });
  await expect(server.getCallableTools()).rejects.toMatchObject({
    code: 'TOOL_UNKNOWN',
    message: expect.stringContaining('tools.fixture.effects'),
    hint: expect.stringContaining('did you mean "environment"?'),
  });
});

test('a server with two tools of one name is refused', async () => {
  await expect(openServer(rawServer('twins')).getCallableTools()).rejects.toMatchObject({
    code: 'TOOL_SERVER_UNREACHABLE',
    message: expect.stringContaining('two tools named "fixture.one"'),
  });
});

test('a banner on the standard output is skipped', async () => {
  expect(textOf(await call(openServer(rawServer('banner')), 'one'))).toBe('did one');
});

test('parallel calls run at the same time and each gets its own answer', async () => {
  const server = openServer(modernServer);
  const wait = await findTool(server, 'wait');
  const order: number[] = [];
  const waits = [300, 200, 100, 0].map(async (ms) => {
    const output = await call(server, 'wait', { ms });
    order.push(ms);
    return textOf(output);
  });
  expect(await Promise.all(waits)).toEqual(['waited 300', 'waited 200', 'waited 100', 'waited 0']);
  expect(order[0]).not.toBe(300);
  expect(wait.definition.effect).toBe('idempotent');
});

test('every kind of content, in order', async () => {
  const { content } = await call(openServer(modernServer), 'contents');
  expect(content).toEqual([
    { type: 'text', text: 'plain' },
    { type: 'media', mediaType: 'image/png', dataBase64: 'aGk=' },
    { type: 'media', mediaType: 'audio/wav', dataBase64: 'aGk=' },
    { type: 'text', text: 'Resource <file:///a.txt>:\ninside' },
    { type: 'text', text: 'Resource <file:///a.zip> (application/zip, 3 bytes)' },
    { type: 'text', text: 'Resource <file:///a.pdf> (application/pdf, 3 bytes)' },
    { type: 'media', mediaType: 'application/pdf', dataBase64: 'aGkh' },
    { type: 'text', text: 'Resource b <file:///b.csv> (text/csv): the feed' },
  ]);
});

test('a structured result without text is shown as its JSON', async () => {
  expect(await call(openServer(modernServer), 'structured')).toEqual({
    content: [{ type: 'text', text: '{"rows":[{"id":1}]}' }],
    structured: { rows: [{ id: 1 }] },
    isError: false,
  });
});

test.each<[string, string, JsonObject, RegExp]>([
  ['a tool that throws', 'fail', {}, /no such table: orders/],
  ['arguments that the server refuses', 'wait', { ms: 'soon' }, /ms/],
])('a failed result: %s', async (_name, tool, args, words) => {
  const output = await call(openServer(modernServer), tool, args);
  expect(output.isError).toBe(true);
  expect(textOf(output)).toMatch(words);
});

test.each<[string, string, JsonObject, RegExp]>([
  [
    'a result that breaks its output schema',
    'three',
    {},
    /does not match its own output schema:\n- \/id must be an integer; got "not a number"/,
  ],
  ['a result that is no MCP result', 'one', { malformed: true }, /no valid MCP result/],
])('a failed result: %s', async (_name, tool, args, words) => {
  const output = await call(openServer(rawServer()), tool, args);
  expect(output.isError).toBe(true);
  expect(textOf(output)).toMatch(words);
});

test.each([
  ['current', modernServer],
  ['older', olderServer],
])('a tool that asks for input fails in words: %s revision', async (_era, config) => {
  const output = await call(openServer(config), 'ask');
  expect(output.isError).toBe(true);
  expect(textOf(output)).toMatch(/elicitation/i);
});

test('the environment: a safe minimum and what the project gives; no key of ours', async () => {
  const folder = temporaryFolder();
  const environment = {
    PATH: process.env['PATH'],
    HOME: folder,
    OPENAI_API_KEY: 'sk-leak',
    NODE_OPTIONS: '',
    WAREHOUSE_TOKEN: 'wh-123',
  };
  const config = {
    ...modernServer,
    args: [
      ...('args' in modernServer ? (modernServer.args ?? []) : []),
      `--token=${reference('WAREHOUSE_TOKEN')}`,
      `$${reference('KEPT')}`,
    ],
    env: { TOKEN: `Bearer ${reference('WAREHOUSE_TOKEN')}` },
  };
  const output = await call(openServer(config, { environment, projectDir: folder }), 'environment');
  const seen = JSON.parse(textOf(output));
  expect(seen.args).toEqual(['--token=wh-123', reference('KEPT')]);
  expect(seen.env.TOKEN).toBe('Bearer wh-123');
  expect(seen.cwd).toBe(folder);
  expect(seen.env.HOME).toBe(folder);
  expect(Object.keys(seen.env).filter((name) => /KEY|WAREHOUSE|NODE_/.test(name))).toEqual([]);
  expect(readFileSync(`/proc/${seen.pid}/environ`, 'utf8')).not.toContain('sk-leak');
});

test('a missing variable names itself and its place', async () => {
  const server = openServer(
    { ...modernServer, env: { TOKEN: reference('NOT_SET_ANYWHERE') } },
    { name: 'shop' },
  );
  await expect(server.getCallableTools()).rejects.toMatchObject({
    code: 'SECRET_MISSING',
    message: expect.stringMatching(/^tools\.shop\.env\.TOKEN uses \$\{NOT_SET_ANYWHERE\}/),
    details: { variable: 'NOT_SET_ANYWHERE', place: 'tools.shop.env.TOKEN' },
  });
});

test('a secret that a tool gives away is blanked', async () => {
  const scrub = (text: string) => text.replaceAll('wh-123', '[secret]');
  const server = openServer({ ...modernServer, env: { TOKEN: 'wh-123' } }, { scrub });
  const text = textOf(await call(server, 'environment'));
  expect(text).toContain('[secret]');
  expect(text).not.toContain('wh-123');
});

test('a shipped server is started through the CLI', async () => {
  const folder = temporaryFolder();
  const cli = join(folder, 'cli.mjs');
  const target = join(import.meta.dirname, 'fixtures/modern-server.ts');
  writeFileSync(
    cli,
    `process.argv[1] = ${JSON.stringify(target)};\nawait import(${JSON.stringify(target)});\n`,
  );
  const config: ServerConfig = { server: 'lake', args: ['--root', 'data'] };
  const server = openServer(config, { shippedCommand: [process.execPath, cli] });
  expect(JSON.parse(textOf(await call(server, 'environment'))).args).toEqual([
    'server',
    'lake',
    '--root',
    'data',
  ]);
});
