import type { ErrorObject } from 'ajv';
import { nearest } from '../errors/index.ts';
import type { SchemaIssue } from '../ports/schema-validator.ts';

const maxShownCharacters = 80;

/** ajv's errors as sentences that a model can act on: what must be there, and what it wrote instead. */
export function describeIssues(errors: readonly ErrorObject[]): SchemaIssue[] {
  const issues = errors.filter(isTelling).map(describeIssue);
  const unique = new Map(mergeTypes(issues).map((issue) => [`${issue.path}\n${issue.message}`, issue]));
  return [...unique.values()].map(({ path, message }) => ({ path, message }));
}

interface Described extends SchemaIssue {
  readonly wantedType?: string;
}

// `if` only repeats what its `then` or `else` has said.
const isTelling = (error: ErrorObject): boolean => error.keyword !== 'if';

function describeIssue(error: ErrorObject): Described {
  const wantedType = error.keyword === 'type' ? typesOf(error) : undefined;
  const message = `${requirement(error)}${showsValue.has(error.keyword) ? `; got ${shown(error.data)}` : ''}`;
  return { path: error.instancePath, message, ...(wantedType !== undefined && { wantedType }) };
}

const showsValue = new Set([
  'type',
  'enum',
  'const',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
]);

const requirements: Record<string, (error: ErrorObject) => string> = {
  type: (error) => `must be ${typesOf(error)}`,
  enum: ({ params }) => `must be one of ${list(params['allowedValues'])}`,
  const: ({ params }) => `must be ${shown(params['allowedValue'])}`,
  required: ({ params }) => `must have the property "${params['missingProperty']}"`,
  additionalProperties: (error) => unknownProperty(error, error.params['additionalProperty']),
  unevaluatedProperties: (error) => unknownProperty(error, error.params['unevaluatedProperty']),
  pattern: ({ params }) => `must match the pattern ${params['pattern']}`,
  format: ({ params }) => `must be a valid ${params['format']}`,
  minLength: ({ params, data }) => `must have at least ${params['limit']} characters; it has ${sizeOf(data)}`,
  maxLength: ({ params, data }) => `must have at most ${params['limit']} characters; it has ${sizeOf(data)}`,
  minItems: ({ params, data }) => `must have at least ${params['limit']} items; it has ${sizeOf(data)}`,
  maxItems: ({ params, data }) => `must have at most ${params['limit']} items; it has ${sizeOf(data)}`,
  uniqueItems: ({ params }) => `must not hold the same item twice (items ${params['j']} and ${params['i']})`,
  anyOf: () => 'fits none of the allowed alternatives',
  oneOf: ({ params }) =>
    params['passingSchemas'] ? 'fits more than one alternative' : 'fits none of the allowed alternatives',
  'false schema': () => 'is not allowed here',
};

function requirement(error: ErrorObject): string {
  return requirements[error.keyword]?.(error) ?? error.message ?? `breaks "${error.keyword}"`;
}

const articles: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
  null: 'null',
};

function typesOf({ params }: ErrorObject): string {
  const types: unknown[] = [params['type']].flat();
  return types.map((type) => articles[String(type)] ?? String(type)).join(' or ');
}

function unknownProperty({ parentSchema }: ErrorObject, name: unknown): string {
  const allowed = Object.keys(parentSchema?.['properties'] ?? {});
  const [close] = nearest(String(name), allowed);
  const advice = close
    ? `; did you mean "${close}"?`
    : allowed.length > 0
      ? `; allowed are ${list(allowed)}`
      : '';
  return `must not have the property "${name}"${advice}`;
}

/** `anyOf: [string, null]` gives one error per branch: one sentence says it better. */
function mergeTypes(issues: readonly Described[]): Described[] {
  const wanted = new Map<string, Set<string>>();
  for (const { path, wantedType } of issues) {
    if (wantedType !== undefined) wanted.set(path, (wanted.get(path) ?? new Set()).add(wantedType));
  }
  return issues.map((issue) => {
    const types = issue.wantedType === undefined ? undefined : wanted.get(issue.path);
    if (!types || types.size < 2) return issue;
    return {
      ...issue,
      message: issue.message.replace(/^must be .*?; got /, `must be ${[...types].join(' or ')}; got `),
    };
  });
}

function list(values: unknown): string {
  const items = Array.isArray(values) ? values : [];
  const named = items.slice(0, 20).map(shown).join(', ');
  return items.length > 20 ? `${named} and ${items.length - 20} more` : named;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > maxShownCharacters ? `${text.slice(0, maxShownCharacters)}…` : text;
}

function sizeOf(value: unknown): number {
  return typeof value === 'string' ? [...value].length : Array.isArray(value) ? value.length : 0;
}
