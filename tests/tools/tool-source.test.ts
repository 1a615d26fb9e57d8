import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createSchemaValidator } from '../../src/contracts/schema-validator.ts';
import type { ServerConfig } from '../../src/domain/server-config.ts';
import type { CallableTool } from '../../src/ports/tool-source.ts';
import { type ClosableToolSource, createToolSource, defineTool } from '../../src/tools/index.ts';
import { afterTest, rawServer, temporaryFolder } from './support.ts';

const now = defineTool({
  name: 'now',
  description: 'The time.',
  input: z.object({}),
  effect: 'read',
  run: () => 'noon',
});

function openSource(
  servers: Record<string, ServerConfig>,
  local: readonly CallableTool[] = [now],
): ClosableToolSource {
  const source = createToolSource({ servers, local, validator: createSchemaValidator() });
  afterTest(() => source.close());
  return source;
}

/** Two servers that write down when they are started. */
function twoServers() {
  const folder = temporaryFolder();
  const journals = { lake: join(folder, 'lake'), shop: join(folder, 'shop') };
  const source = openSource({ shop: rawServer('', journals.shop), lake: rawServer('', journals.lake) });
  return {
    source,
    started: () => Object.entries(journals).flatMap(([name, file]) => (existsSync(file) ? [name] : [])),
    journals,
  };
}

const names = (tools: readonly CallableTool[]) => tools.map(({ definition }) => definition.name);

test.each<[string, string[], string[], string[]]>([
  ['one exact name', ['lake.two'], ['lake.two'], ['lake']],
  ['a glob', ['lake.*'], ['lake.one', 'lake.three', 'lake.two'], ['lake']],
  ['a glob within names', ['lake.t*'], ['lake.three', 'lake.two'], ['lake']],
  [
    'overlapping patterns',
    ['lake.*', 'lake.one', 'shop.one'],
    ['lake.one', 'lake.three', 'lake.two', 'shop.one'],
    ['lake', 'shop'],
  ],
  ['one name of every server', ['*.one'], ['lake.one', 'shop.one'], ['lake', 'shop']],
  [
    'everything',
    ['*'],
    ['lake.one', 'lake.three', 'lake.two', 'now', 'shop.one', 'shop.three', 'shop.two'],
    ['lake', 'shop'],
  ],
  ['a local tool', ['now'], ['now'], []],
  ['nothing', [], [], []],
])(
  '%s: the tools sorted by name, and only the servers that are needed',
  async (_name, patterns, expected, started) => {
    const servers = twoServers();
    expect(names(await servers.source.resolve(patterns))).toEqual(expected);
    expect(servers.started()).toEqual(started);
  },
);

test('a server is started once, however often and at once it is asked for', async () => {
  const { source, journals } = twoServers();
  await Promise.all([source.resolve(['lake.one']), source.resolve(['lake.*'])]);
  await source.resolve(['lake.two']);
  expect(readFileSync(journals.lake, 'utf8')).toBe('start\n');
});

test.each<[string, RegExp]>([
  ['lake.thre', /did you mean "lake\.three"\? Offered: lake\.one, lake\.three, lake\.two, now\./],
  ['lak.three', /did you mean "lake\.three"\? Offered: now, shop\.\*, lake\.\*\./],
  ['shpo.*', /did you mean "shop\.\*"\? Offered: now, shop\.\*, lake\.\*\./],
  ['nwo', /did you mean "now"\? Offered: now, shop\.\*, lake\.\*\./],
  ['lake.z*', /Offered: lake\.one, lake\.three, lake\.two, now\./],
])('a pattern that matches nothing: %s', async (pattern, hint) => {
  await expect(twoServers().source.resolve(['now', pattern])).rejects.toMatchObject({
    code: 'TOOL_UNKNOWN',
    message: `No tool matches "${pattern}".`,
    hint: expect.stringMatching(hint),
  });
});

test('one server that cannot be started fails the whole, and says which', async () => {
  const source = openSource({ lake: rawServer(), broken: { command: 'no-such-mcp-server' } });
  await expect(source.resolve(['*'])).rejects.toMatchObject({
    code: 'TOOL_SERVER_UNREACHABLE',
    message: expect.stringContaining('"broken"'),
  });
});

const named = (name: string) => defineTool({ name, description: '', input: z.object({}), run: () => '' });

test.each<[string, Record<string, ServerConfig>, CallableTool[]]>([
  ['two local tools of one name', {}, [now, now]],
  ['a local tool with the name of a server', { lake: rawServer() }, [named('lake.one')]],
  ['a server with a dot in its name', { 'lake.one': rawServer() }, []],
])('two tools of one name are impossible: %s', (_name, servers, local) => {
  expect(() => openSource(servers, local)).toThrow(expect.objectContaining({ code: 'DEFINITION_INVALID' }));
});
