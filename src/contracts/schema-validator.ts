import { canonicalJson } from '../domain/canonical-json.ts';
import type { JsonSchema } from '../domain/json.ts';
import { DefinitionError, messageOf } from '../errors/index.ts';
import type { CompiledSchema, SchemaValidator } from '../ports/schema-validator.ts';
import { compileWithAjv } from './ajv-compiler.ts';
import { describeIssues } from './describe-issues.ts';

const maxIssues = 20;
// A schema of a megabyte is code that somebody else wrote and that we would generate code from: refuse it.
const maxSchemaCharacters = 1_000_000;
// A process that opens many servers must not keep every schema it has ever seen.
const maxCompiled = 1000;

/**
 * JSON Schema 2020-12 (and 2019-09, draft-07, draft-06 when `$schema` says so) on ajv, which is loaded by the first
 * `compile`. Equal schemas are compiled once, whichever object they come in. References to other documents are refused:
 * nothing is ever fetched.
 */
export function createSchemaValidator(): SchemaValidator {
  const byIdentity = new WeakMap<JsonSchema, CompiledSchema>();
  const byText = new Map<string, CompiledSchema>();

  function compile(schema: JsonSchema): CompiledSchema {
    const known = byIdentity.get(schema);
    if (known) return known;
    const text = schemaText(schema);
    const compiled = byText.get(text) ?? compileSchema(schema);
    if (byText.size >= maxCompiled) forgetOldest(byText);
    byText.set(text, compiled);
    byIdentity.set(schema, compiled);
    return compiled;
  }

  return { compile };
}

function schemaText(schema: JsonSchema): string {
  const text = refuseOnThrow(() => canonicalJson(schema));
  if (text.length > maxSchemaCharacters) {
    throw invalid(
      `The JSON Schema has ${text.length} characters; at most ${maxSchemaCharacters} are compiled.`,
    );
  }
  return text;
}

function compileSchema(schema: JsonSchema): CompiledSchema {
  const check = refuseOnThrow(() => compileWithAjv(schema));
  return {
    validate: (value) => (check(value) ? [] : describeIssues(check.errors ?? []).slice(0, maxIssues)),
  };
}

function refuseOnThrow<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw invalid(`The JSON Schema cannot be compiled: ${messageOf(error)}.`, error);
  }
}

function invalid(message: string, cause?: unknown): DefinitionError {
  return new DefinitionError({
    code: 'SCHEMA_INVALID',
    message,
    hint: 'correct the schema; JSON Schema 2020-12 is expected, or draft-07 with "$schema": "http://json-schema.org/draft-07/schema#".',
    cause,
  });
}

function forgetOldest(compiled: Map<string, CompiledSchema>): void {
  const [oldest] = compiled.keys();
  if (oldest !== undefined) compiled.delete(oldest);
}
