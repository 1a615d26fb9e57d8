import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSchemaValidator } from '../../src/contracts/schema-validator.ts';
import type { ServerConfig } from '../../src/domain/server-config.ts';
import { createToolSource } from '../../src/tools/index.ts';
import { afterTest, callContext, openServer, temporaryFolder, textOf } from './support.ts';

const deskServer = join(import.meta.dirname, '../crash/support/desk-server.ts');

const desk = (more: Partial<ServerConfig> = {}): ServerConfig => ({
  command: process.execPath,
  args: [deskServer, temporaryFolder(), '0'],
  ...more,
});

const withProbe = { probes: { book: 'book_status' } };

describe('a declared probe', () => {
  test('comes with its tool, and knows by the key of a call whether it was made', async () => {
    const tools = await openServer(desk(withProbe), { name: 'desk' }).getCallableTools();
    const find = (name: string) => tools.find(({ definition }) => definition.name === name);
    const book = find('desk.book');
    expect(find('desk.hold')?.probe).toBeUndefined();
    expect(book?.probe?.definition).toMatchObject({ name: 'desk.book_status', effect: 'read' });
    const ask = async () => {
      const output = await book?.probe?.call({ idempotencyKey: 'run1/hold/call' }, callContext());
      return output && JSON.parse(textOf(output));
    };
    expect(await ask()).toEqual({ status: 'not-done' });
    await book?.call({ item: 'table' }, callContext({ idempotencyKey: 'run1/hold/call' }));
    expect(await ask()).toEqual({ status: 'done', result: 'book table number 1' });
  });

  test.each([
    {
      case: 'for a tool that is not there',
      probes: { boook: 'book_status' },
      code: 'TOOL_UNKNOWN',
      says: 'tools.desk.probes names "boook"',
      hint: 'did you mean "book"?',
    },
    {
      case: 'that is not there',
      probes: { book: 'book_stats' },
      code: 'TOOL_UNKNOWN',
      says: 'tools.desk.probes.book names "book_stats"',
      hint: 'did you mean "book_status"?',
    },
    {
      case: 'that takes other arguments',
      probes: { book: 'look' },
      code: 'DEFINITION_INVALID',
      says: 'it cannot be called with { idempotencyKey } alone',
      hint: 'takes the text idempotencyKey',
    },
    {
      case: 'that changes something',
      probes: { book: 'hold' },
      code: 'DEFINITION_INVALID',
      says: 'it is of class reversible',
      hint: 'effects: { hold: read }',
    },
  ])('$case is refused when the server starts', async ({ probes, code, says, hint }) => {
    const opened = openServer(desk({ probes }), { name: 'desk' }).getCallableTools();
    await expect(opened).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says),
      hint: expect.stringContaining(hint),
    });
  });
});

describe('what a model is offered', () => {
  const namesOf = async (...patterns: string[]) => {
    const source = createToolSource({
      servers: { desk: desk(withProbe) },
      validator: createSchemaValidator(),
    });
    afterTest(() => source.close());
    return (await source.resolve(patterns)).map(({ definition }) => definition.name);
  };

  test('a glob leaves the probe out', async () => {
    expect(await namesOf('desk.*')).toEqual(['desk.book', 'desk.hold', 'desk.look', 'desk.put']);
    expect(await namesOf('desk.b*')).toEqual(['desk.book']);
  });

  test('its whole name takes it in', async () => {
    expect(await namesOf('desk.book_status', 'desk.b*')).toEqual(['desk.book', 'desk.book_status']);
  });
});
