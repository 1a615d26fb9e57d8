import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

const folder = '../shared/data/specs/openmetadata/schemas';
export const hasSchemas = existsSync(folder);

export type Check = (path: string, value: unknown) => void;

/** Holds a value against one of OpenMetadata's own JSON schemas, named by its path: `api/data/createTable.json`. Throws what is wrong. */
export function schemaCheck(): Check {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, multipleOfPrecision: 6 });
  addFormats.default(ajv);
  for (const format of ['utc-millisec', 'date-interval']) ajv.addFormat(format, true);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.json')) continue;
    const schema = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    // By its path: references are relative to it, and some files give themselves another id.
    const id = `https://open-metadata.org/schema/${file.replaceAll('\\', '/')}`;
    ajv.addSchema({ ...schema, $id: id }, id);
  }
  return (path, value) => {
    const validate = ajv.getSchema(`https://open-metadata.org/schema/${path}`);
    if (!validate) throw new Error(`There is no schema ${path}.`);
    if (validate(value)) return;
    const words = (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
    throw new Error(`Not a ${path}: ${words.slice(0, 5).join('; ')}`);
  };
}
