import { createRequire } from 'node:module';
import type { Ajv, ValidateFunction } from 'ajv';
import type { JsonSchema } from '../domain/json.ts';

type Draft = '2020' | '2019' | 'draft-07';

// `require`, because the port is synchronous and a run without schemas must not pay for loading ajv (about 40 ms).
const require = createRequire(import.meta.url);
const instances = new Map<Draft, Ajv>();

/** The check for a schema. Throws an Error in plain words when the schema is wrong or reaches outside itself. */
export function compileWithAjv(schema: JsonSchema): ValidateFunction {
  // An `$async` schema gives a promise, which is truthy: every value would pass.
  if ('$async' in schema) throw new Error('$async schemas are not supported');
  const ajv = instanceFor(draftOf(schema));
  const { $schema: _draft, ...rest } = schema;
  try {
    return ajv.compile(rest);
  } catch (error) {
    throw reworded(error, ajv);
  } finally {
    // ajv keeps every schema for ever, and refuses the second one with an $id: two servers may well use the same.
    ajv.removeSchema(rest);
  }
}

function draftOf(schema: JsonSchema): Draft {
  const uri = schema['$schema'];
  if (uri === undefined) return '2020';
  if (typeof uri !== 'string') throw new Error('$schema must be a string');
  if (uri.includes('draft/2020-12')) return '2020';
  if (uri.includes('draft/2019-09')) return '2019';
  if (/draft-0[67]\b/.test(uri)) return 'draft-07';
  throw new Error(`$schema "${uri}" is not supported (2020-12, 2019-09, draft-07 and draft-06 are)`);
}

function instanceFor(draft: Draft): Ajv {
  const known = instances.get(draft);
  if (known) return known;
  const created = createInstance(draft);
  instances.set(draft, created);
  return created;
}

function createInstance(draft: Draft): Ajv {
  const AjvClass = loadAjv(draft);
  const ajv = new AjvClass({
    strict: false,
    allErrors: true,
    verbose: true,
    logger: false,
    // Without this `{}` has the required property "constructor".
    ownProperties: true,
    code: { regExp: Object.assign(patternOf, { code: 'new RegExp' }) },
  });
  const formats: { default: (ajv: Ajv) => Ajv } = require('ajv-formats');
  return formats.default(ajv);
}

function loadAjv(draft: Draft): typeof Ajv {
  if (draft === '2020') return require('ajv/dist/2020.js').Ajv2020;
  if (draft === '2019') return require('ajv/dist/2019.js').Ajv2019;
  return require('ajv').Ajv;
}

/** Many servers publish patterns like `[\w-.]` that the `u` flag, which the standard asks for, refuses. */
function patternOf(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern);
  }
}

function reworded(error: unknown, ajv: Ajv): unknown {
  if (error instanceof Error && 'missingRef' in error) {
    return new Error(
      `it refers to "${String(error.missingRef)}", which is not part of it; other documents are never fetched`,
      { cause: error },
    );
  }
  const [first] = ajv.errors ?? [];
  if (error instanceof Error && first && error.message.startsWith('schema is invalid')) {
    return new Error(`${first.instancePath || 'its root'} ${first.message ?? 'is wrong'}`, { cause: error });
  }
  return error;
}
