import type { z } from 'zod';
import { type Problem, throwProblems } from './problem.ts';
import { shapeProblems } from './shape-problems.ts';
import { parseYamlDocument, type YamlDocument, type YamlText } from './yaml-document.ts';

/** A value with the document that it was read from, for what is found out about it later. */
export interface Placed<Value> extends Pick<YamlDocument, 'file' | 'at' | 'keyAt'> {
  readonly value: Value;
}

/** YAML text as what `schema` describes. Throws DefinitionError YAML_INVALID, or DocumentError with every problem at file:line:column. */
export function readYaml<Value>(text: YamlText, schema: z.ZodType<Value>): Value {
  return readPlaced(text, schema).value;
}

/** The same, and its values still know where they stand. */
export function readPlaced<Value>(text: YamlText, schema: z.ZodType<Value>): Placed<Value> {
  return placedValue(parseYamlDocument(text), schema);
}

/** Throws DocumentError. */
export function placedValue<Value>(document: YamlDocument, schema: z.ZodType<Value>): Placed<Value> {
  const { file, at, keyAt } = document;
  const result = schema.safeParse(document.value);
  if (result.success) return { file, at, keyAt, value: result.data };
  throwProblems(shapeProblems(document, { schema, issues: result.error.issues }));
  throw result.error;
}

/** A problem of a value that was read already. */
export function problemAt(
  { at }: Pick<YamlDocument, 'at'>,
  {
    path,
    ...words
  }: { readonly path: readonly (string | number)[]; readonly message: string; readonly hint?: string },
): Problem {
  return { code: 'DEFINITION_INVALID', ...words, location: at(path), path: path.join('.') };
}
