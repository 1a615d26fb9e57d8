import { z } from 'zod';

export const customProperty = z.looseObject({ property: z.string(), value: z.json() });
export const semver = z
  .string()
  .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, 'three numbers, as 1.0.0');
/** Part of `<id>@<version>` and of file names. */
export const documentId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'letters, digits, dots, - and _, at most 100');
export const lakeTableName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/,
    'schema.table in lower case, as product_core.product',
  );
