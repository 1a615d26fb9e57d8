import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createSchemaValidator } from '../../src/contracts/schema-validator.ts';
import type { JsonSchema } from '../../src/domain/json.ts';
import { DefinitionError } from '../../src/errors/index.ts';

const fileList: JsonSchema = {
  type: 'object',
  required: ['files'],
  additionalProperties: false,
  properties: {
    files: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['type'],
        additionalProperties: false,
        properties: {
          type: { enum: ['csv', 'json'] },
          rows: { type: 'integer', minimum: 0 },
          note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          day: { type: 'string', format: 'date' },
          name: { type: 'string', pattern: '^[\\w-.]+$' },
        },
      },
    },
  },
};

const issuesOf = (schema: JsonSchema, value: unknown): string[] =>
  createSchemaValidator()
    .compile(schema)
    .validate(value)
    .map(({ path, message }) => `${path} ${message}`);

test('a value that satisfies the schema has no issues', () => {
  expect(
    issuesOf(fileList, { files: [{ type: 'csv', rows: 3, note: null, day: '2026-11-20', name: 'a-b.c' }] }),
  ).toEqual([]);
});

test.each<[string, unknown, string[]]>([
  ['enum', { files: [{ type: 'CSV' }] }, ['/files/0/type must be one of "csv", "json"; got "CSV"']],
  ['type', { files: [{ type: 'csv', rows: '3' }] }, ['/files/0/rows must be an integer; got "3"']],
  ['missing', { files: [{}] }, ['/files/0 must have the property "type"']],
  ['minimum', { files: [{ type: 'csv', rows: -1 }] }, ['/files/0/rows must be >= 0; got -1']],
  ['empty array', { files: [] }, ['/files must have at least 1 items; it has 0']],
  [
    'unknown property',
    { files: [{ type: 'csv', row: 3 }] },
    ['/files/0 must not have the property "row"; did you mean "rows"?'],
  ],
  [
    'alternatives',
    { files: [{ type: 'csv', note: 5 }] },
    ['/files/0/note must be a string or null; got 5', '/files/0/note fits none of the allowed alternatives'],
  ],
  [
    'format',
    { files: [{ type: 'csv', day: '20.11.2026' }] },
    ['/files/0/day must be a valid date; got "20.11.2026"'],
  ],
  ['whole value', 'no object', [' must be an object; got "no object"']],
  [
    'several at once',
    { files: [{ type: 'x' }, {}] },
    ['/files/0/type must be one of "csv", "json"; got "x"', '/files/1 must have the property "type"'],
  ],
])('issue in words: %s', (_name, value, expected) => {
  expect(issuesOf(fileList, value)).toEqual(expected);
});

test('at most 20 issues, however many there are', () => {
  const files = Array.from({ length: 500 }, () => ({}));
  expect(issuesOf(fileList, { files })).toHaveLength(20);
});

test('an own property is needed: what every object inherits does not count', () => {
  expect(issuesOf({ type: 'object', required: ['constructor'] }, {})).toEqual([
    ' must have the property "constructor"',
  ]);
});

test('prefixItems is read in 2020-12, items as a tuple in draft-07', () => {
  const tuple = [{ type: 'string' }, { type: 'number' }];
  expect(issuesOf({ prefixItems: tuple }, ['a', 'b'])).toEqual(['/1 must be a number; got "b"']);
  const draft07 = { $schema: 'http://json-schema.org/draft-07/schema#', items: tuple };
  expect(issuesOf(draft07, ['a', 'b'])).toEqual(['/1 must be a number; got "b"']);
  expect(
    issuesOf(
      { ...draft07, $schema: 'https://json-schema.org/draft/2020-12/schema', items: { type: 'string' } },
      ['a', 1],
    ),
  ).toEqual(['/1 must be a string; got 1']);
});

test('$defs, local references and recursion work', () => {
  const tree: JsonSchema = {
    $ref: '#/$defs/node',
    $defs: {
      node: { type: 'object', properties: { name: { type: 'string' }, child: { $ref: '#/$defs/node' } } },
    },
  };
  expect(issuesOf(tree, { name: 'a', child: { name: 'b', child: { name: 3 } } })).toEqual([
    '/child/child/name must be a string; got 3',
  ]);
});

test('two different schemas may carry the same $id', () => {
  const validator = createSchemaValidator();
  const first = validator.compile({ $id: 'urn:example:answer', type: 'string' });
  const second = validator.compile({ $id: 'urn:example:answer', type: 'number' });
  expect(first.validate('a')).toEqual([]);
  expect(second.validate('a')).toHaveLength(1);
});

test('and so may parts of them', () => {
  const validator = createSchemaValidator();
  const withPart = (type: string): JsonSchema => ({
    $ref: 'urn:example:part',
    $defs: { part: { $id: 'urn:example:part', type } },
  });
  expect(validator.compile(withPart('string')).validate('a')).toEqual([]);
  expect(validator.compile(withPart('number')).validate('a')).toHaveLength(1);
});

test('the same object, and an equal one with its keys in another order, compile once', () => {
  const validator = createSchemaValidator();
  const first = validator.compile({ type: 'object', required: ['a'] });
  expect(validator.compile({ required: ['a'], type: 'object' })).toBe(first);
  const again: JsonSchema = { type: 'string' };
  expect(validator.compile(again)).toBe(validator.compile(again));
});

const deep = (): JsonSchema => {
  let schema: JsonSchema = {};
  for (let level = 0; level < 100_000; level += 1) schema = { not: schema };
  return schema;
};

test.each<[string, () => JsonSchema, RegExp]>([
  ['unknown type', () => ({ properties: { a: { type: 'text' } } }), /\/properties\/a\/type/],
  [
    'remote reference',
    () => ({ $ref: 'https://example.com/order.json' }),
    /"https:\/\/example\.com\/order\.json".*never fetched/,
  ],
  ['missing definition', () => ({ $ref: '#/$defs/none' }), /#\/\$defs\/none/],
  ['broken pattern', () => ({ pattern: '(' }), /pattern|regular expression/i],
  ['unknown draft', () => ({ $schema: 'http://json-schema.org/draft-03/schema#' }), /draft-03/],
  ['async schema', () => ({ $async: true, type: 'string' }), /\$async/],
  ['too large', () => ({ description: 'x'.repeat(1_100_000) }), /at most 1000000/],
  ['too deep', deep, /cannot be compiled/],
])('refused: %s', (_name, schema, message) => {
  const attempt = () => createSchemaValidator().compile(schema());
  expect(attempt).toThrow(DefinitionError);
  expect(attempt).toThrow(
    expect.objectContaining({ code: 'SCHEMA_INVALID', message: expect.stringMatching(message) }),
  );
});

test('ajv is loaded by the first compile and not before', () => {
  const program = `
    import { createSchemaValidator } from './src/contracts/schema-validator.ts';
    import { createRequire } from 'node:module';
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('/ajv/'));
    const validator = createSchemaValidator();
    const before = loaded();
    validator.compile({});
    console.log(JSON.stringify([before, loaded()]));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual([false, true]);
});
