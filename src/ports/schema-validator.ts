import type { JsonSchema } from '../domain/json.ts';

export interface SchemaIssue {
  /** JSON pointer of the offending value; '' is the whole. */
  readonly path: string;
  /** What is wrong there, in words that a model can act on. */
  readonly message: string;
}

export interface CompiledSchema {
  /** Empty when the value satisfies the schema. At most 20 issues. */
  validate(value: unknown): SchemaIssue[];
}

export interface SchemaValidator {
  /** 2020-12, or draft-07 when `$schema` says so. Throws DefinitionError SCHEMA_INVALID. Caches by identity. */
  compile(schema: JsonSchema): CompiledSchema;
}
