import { z } from 'zod';
import { customProperties } from './annotations.ts';

const shorthand = /^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$/;
const qualified =
  /^(?:(?:https?:\/\/)?[A-Za-z0-9._\-/]+\.yaml#)?\/?[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z0-9_-]+(?:\/[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z0-9_-]+)*$/;

const reference = z
  .string()
  .refine(
    (text) => shorthand.test(text) || qualified.test(text),
    'a column is named as table.column, or as other.odcs.yaml#/schema/<id>/properties/<id>',
  );
const references = z.union([reference, z.array(reference).min(1)]);
const type = z.literal('foreignKey').optional();

/** Of a column: it is the one that refers. */
export const columnRelationships = z
  .array(z.strictObject({ type, to: references, customProperties }))
  .optional();

/** Of a table: names both sides, each as one column or as a list. */
export const tableRelationships = z
  .array(
    z
      .strictObject({ type, from: references, to: references, customProperties })
      .refine(({ from, to }) => Array.isArray(from) === Array.isArray(to), {
        message: 'from and to are both one column, or both a list',
      }),
  )
  .optional();
