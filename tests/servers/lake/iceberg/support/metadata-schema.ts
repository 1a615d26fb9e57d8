import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

const path = '../shared/data/specs/iceberg-rest-catalog-openapi.yaml';

/** Apache's own description of the format; the tests that need it are skipped where it is absent. */
export const hasOpenApi = existsSync(path);

/** Checks a value against a schema of the REST catalog's OpenAPI file. */
export function openApiCheck(schema: string): (value: unknown) => void {
  const validate = compile(schema);
  return (value) => {
    if (!validate(value))
      throw new Error(`${schema}: ${JSON.stringify(validate.errors?.slice(0, 5), undefined, 1)}`);
  };
}

function compile(schema: string): ValidateFunction {
  const document = parse(readFileSync(path, 'utf8')) as object;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'openapi');
  const validate = ajv.getSchema(`openapi#/components/schemas/${schema}`);
  if (!validate) throw new Error(`no schema ${schema}`);
  return validate;
}
