import { afterEach, describe, expect, test } from 'vitest';
import type { JsonSchema } from '../../src/domain/json.ts';
import type { ModelRequest } from '../../src/domain/model.ts';
import { toMessagesSchema } from '../../src/models/anthropic-messages/output-schema.ts';
import { fitsStrictMode } from '../../src/models/wire/openai-strict.ts';
import { callContext } from './support/call-context.ts';
import { type Api, openModel } from './support/open-model.ts';
import { type ProviderServer, startProvider, textReply } from './support/provider-server.ts';

let server: ProviderServer | undefined;
afterEach(() => server?.close());

const closed = (properties: Record<string, JsonSchema>, required = Object.keys(properties)): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const text: JsonSchema = { type: 'string' };

describe('OpenAI strict mode', () => {
  test.each<[string, JsonSchema, boolean]>([
    ['closed, all required', closed({ a: text, b: closed({ c: { type: ['number', 'null'] } }) }), true],
    ['an optional property', closed({ a: text }, []), false],
    ['an optional property further in', closed({ a: closed({ b: text }, []) }), false],
    ['an open object', { type: 'object', properties: { a: text }, required: ['a'] }, false],
    ['a map', closed({ a: { type: 'object', additionalProperties: text } }), false],
    [
      'arrays, enums, references',
      {
        ...closed({ a: { type: 'array', items: { $ref: '#/$defs/x' } } }),
        $defs: { x: { enum: ['p', 'q'] } },
      },
      true,
    ],
    ['a keyword that the mode does not know', closed({ a: { type: 'string', minLength: 3 } }), false],
    ['a format that it does not know', closed({ a: { type: 'string', format: 'iri' } }), false],
    ['alternatives', closed({ a: { anyOf: [text, { type: 'null' }] } }), true],
    ['alternatives at the root', { type: 'object', anyOf: [closed({})] }, false],
    ['a property that is called like a keyword', closed({ oneOf: text }), true],
    ['no object at the root', { type: 'array', items: text }, false],
  ])('%s: %#', (_, schema, expected) => {
    expect(fitsStrictMode(schema)).toBe(expected);
  });
});

describe('Anthropic output format', () => {
  test('constraints move into the description, objects are closed', () => {
    const schema: JsonSchema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        code: { type: 'string', minLength: 3, pattern: '^x', description: 'A code' },
        list: { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 1, maxItems: 5 },
      },
    };
    expect(toMessagesSchema(schema)).toEqual({
      type: 'object',
      additionalProperties: false,
      properties: {
        code: { type: 'string', description: 'A code\n\n{minLength: 3, pattern: "^x"}' },
        list: {
          type: 'array',
          items: { type: 'integer', description: '{minimum: 0}' },
          minItems: 1,
          description: '{maxItems: 5}',
        },
      },
    });
  });

  test.each<[string, JsonSchema]>([
    ['a map', { type: 'object', properties: { m: { type: 'object', additionalProperties: text } } }],
    ['an object of which nothing is known', { type: 'object' }],
    ['allOf', { allOf: [closed({ a: text }), closed({ b: text })] }],
    ['a condition', { ...closed({ a: text }), if: { const: 1 } }],
    [
      'a schema that refers to itself',
      { ...closed({ a: { $ref: '#/$defs/n' } }), $defs: { n: closed({ next: { $ref: '#/$defs/n' } }) } },
    ],
    ['a schema that refers to its root', closed({ next: { $ref: '#' } })],
  ])('%s cannot be said there', (_, schema) => {
    expect(toMessagesSchema(schema)).toBeUndefined();
  });
});

const request = (schema: JsonSchema): ModelRequest => ({
  messages: [
    { role: 'system', text: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Go' }] },
  ],
  tools: [],
  output: { name: 'answer', schema },
  settings: {},
});

async function sentBody(api: Api, schema: JsonSchema, structuredOutput = true) {
  server = await startProvider([textReply('{}', 'application/json', 500)]);
  const client = await openModel(api, server.url, { structuredOutput });
  await client.generate(request(schema), callContext()).catch(() => undefined);
  return server.bodies[0];
}

const formatIn = (body: Record<string, { format?: unknown } | undefined>): unknown =>
  body['response_format'] ?? body['text']?.format ?? body['output_config']?.format;

const apis: Api[] = ['openai.chat', 'openai.responses', 'anthropic.messages'];

test.each(apis)('%s: the schema goes in its own field', async (api) => {
  const body = await sentBody(api, closed({ a: text }));
  expect(formatIn(body)).toMatchObject({ type: 'json_schema' });
  expect(JSON.stringify(body)).not.toContain('JSON Schema');
});

test.each(apis)(
  '%s: a server without structured output gets it in words, in one system text',
  async (api) => {
    const body = await sentBody(api, closed({ a: text }), false);
    expect(formatIn(body)).toBeUndefined();
    const system = JSON.stringify(body.system ?? [body.messages ?? body.input][0][0]);
    expect(system).toContain('Be brief.');
    expect(system).toContain(JSON.stringify(JSON.stringify(closed({ a: text }))).slice(1, -1));
  },
);

test.each(apis)('%s: a list at the root is asked for as a list', async (api) => {
  const body = await sentBody(api, { type: 'array', items: text });
  const sent = JSON.stringify(body);
  expect(sent).toContain('array');
  if (api !== 'anthropic.messages') expect(formatIn(body)).toBeUndefined();
});

test.each(['openai.chat', 'openai.responses'] as const)(
  '%s: a schema that strict mode cannot take goes unchanged, not strict',
  async (api) => {
    const schema = closed({ a: text, b: text }, ['a']);
    const format = formatIn(await sentBody(api, schema)) as { json_schema?: object };
    expect(format.json_schema ?? format).toMatchObject({ strict: false, schema });
  },
);
