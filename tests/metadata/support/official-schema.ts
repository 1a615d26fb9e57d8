import { existsSync, readFileSync } from 'node:fs';
import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';

const file = '../shared/data/specs/odcs-3.1.0.schema.json';

export const hasOfficialSchema = existsSync(file);
export const skipMessage = `skipped: ${file} is not here`;

export const officialSchema = (): Record<string, unknown> => JSON.parse(readFileSync(file, 'utf8'));

/** The standard's own JSON Schema, compiled. */
export function officialVerdict(): ValidateFunction {
  const ajv = new Ajv2019({ strict: false });
  addFormats.default(ajv);
  return ajv.compile(officialSchema());
}
