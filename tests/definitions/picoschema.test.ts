import { picoschema } from 'dotprompt';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { PicoschemaError, toJsonSchema } from '../../src/definitions/picoschema.ts';
import type { Json } from '../../src/domain/json.ts';

// Dotprompt's own parser is the measure: the same text gives the same JSON Schema.
test.each([
  'string',
  'integer, how many',
  '{ name: string }',
  '{ name: "string, with a comma, or two", n?: "integer, optional" }',
  '{ any: any, anything?: "any, at all" }',
  '{ tags(array): string, more?(array): number }',
  '{ "tags(array, what it is about)": string }',
  '{ "files(array)": { name: string, size?: integer } }',
  '{ "author(object, who wrote it)": { name: string }, "editor?(object)": { name: string } }',
  '{ nested: { deeper: { deepest: boolean } }, maybe?: { x: "null" } }',
  '{ "status(enum)": [open, closed], "kind?(enum, what kind)": [a, 1] }',
  '{ "(*)": string }',
  '{ known: string, "(*)": "number, the rest" }',
  '{ "all?": string }',
  '{ type: object, properties: { a: { type: string } }, required: [a] }',
  '{ properties: { a: { type: string } } }',
  '{ type: array, items: { type: string } }',
  '{ type: "string, the kind", name: string }',
])('%s', async (text) => {
  // Dotprompt writes nulls into the caller's enum: each side gets a copy of its own.
  const expected = await picoschema(parse(text));
  expect(toJsonSchema(parse(text) as Json)).toEqual(JSON.parse(JSON.stringify(expected)));
});

test.each([
  ['{ a: strng }', 'There is no type "strng".', ['a']],
  ['{ a: { b: [1] } }', 'A field is the name of a type, or a map of fields.', ['a', 'b']],
  ['{ "a(list)": string }', 'There is no kind of field "list".', ['a(list)']],
  ['{ "a(enum)": open }', 'An enum is a list of its values.', ['a(enum)']],
  ['{ "a(array": string }', '"a(array" is no field\'s name.', ['a(array']],
  ['{ a: null }', 'A field is the name of a type, or a map of fields.', ['a']],
  ['[1]', 'A schema is a map or the name of a type.', []],
])('%s is an error with its place', (text, message, path) => {
  const failure = (() => {
    try {
      return toJsonSchema(parse(text) as Json);
    } catch (error) {
      return error;
    }
  })();
  expect(failure).toBeInstanceOf(PicoschemaError);
  expect(failure).toMatchObject({ message, path });
});

test.each([
  '{ anyOf: [{ type: string }, { type: "null" }] }',
  '{ $ref: "#/$defs/a", $defs: { a: { type: string } } }',
  '{ type: [string, "null"] }',
])('%s is JSON Schema and stays as it is', (text) => {
  expect(toJsonSchema(parse(text) as Json)).toEqual(parse(text));
});
