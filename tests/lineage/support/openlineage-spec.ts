import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../../src/domain/json.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const specs = at('../shared/data/specs');

/** The specification's files are beside the project, or they are not. */
export const hasSpec = existsSync(specs);

/** OpenLineage 2-0-2, all of its facets, and our own. */
export function openlineageSpec(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  if (!hasSpec) return ajv;
  const folder = join(specs, 'openlineage-facets');
  const facets = readdirSync(folder).map((name) => join(folder, name));
  const own = at('docs/openlineage-calls-run-facet.schema.json');
  for (const file of [join(specs, 'openlineage-2-0-2.schema.json'), ...facets, own])
    ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')) as JsonObject);
  return ajv;
}

/** The event by the specification, and each facet by the schema that it names. Gives the names of the facets. */
export function requireValidEvent(spec: Ajv2020, event: JsonObject): string[] {
  requireValid(spec, event, 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent');
  const facets = [...facetsIn(event)];
  for (const [, facet] of facets) requireValid(spec, facet, String(facet['_schemaURL']));
  return facets.map(([name]) => name);
}

function requireValid(spec: Ajv2020, value: JsonObject, schema: string): void {
  const validate = spec.getSchema(schema);
  expect(validate, `no schema ${schema}`).toBeDefined();
  expect(validate?.(value), JSON.stringify([value, validate?.errors], null, 1)).toBe(true);
}

/** Every object under a key that ends in `facets`, by its name. */
function* facetsIn(value: Json | undefined): Generator<readonly [string, JsonObject]> {
  if (Array.isArray(value)) for (const member of value) yield* facetsIn(member);
  if (!isJsonObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    if (/facets$/i.test(key) && isJsonObject(member)) {
      for (const [name, facet] of Object.entries(member)) if (isJsonObject(facet)) yield [name, facet];
    } else yield* facetsIn(member);
  }
}
