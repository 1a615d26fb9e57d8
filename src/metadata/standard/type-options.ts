import { z } from 'zod';
import { anyObject, count, number, text, truth } from './values.ts';

const bounds = { exclusiveMaximum: text, maximum: text, exclusiveMinimum: text, minimum: text };
const numericBounds = {
  multipleOf: number.refine((value) => value > 0, 'a number above 0 is needed').optional(),
  maximum: number.optional(),
  exclusiveMaximum: number.optional(),
  minimum: number.optional(),
  exclusiveMinimum: number.optional(),
};
const clock = z.strictObject({ format: text, ...bounds, timezone: truth, defaultTimezone: text });
const isUnique = (names: readonly string[]): boolean => new Set(names).size === names.length;

/** What `logicalTypeOptions` may hold for each logical type; `boolean` has none that the standard knows. */
export const optionsByType: Readonly<Record<string, z.ZodType>> = {
  string: z.strictObject({
    minLength: count.optional(),
    maxLength: count.optional(),
    pattern: text,
    format: text,
  }),
  date: z.strictObject({ format: text, ...bounds }),
  timestamp: clock,
  time: clock,
  integer: z.strictObject({
    ...numericBounds,
    format: z.enum(['i8', 'i16', 'i32', 'i64', 'i128', 'u8', 'u16', 'u32', 'u64', 'u128']).optional(),
  }),
  number: z.strictObject({ ...numericBounds, format: z.enum(['f32', 'f64']).optional() }),
  object: z.strictObject({
    maxProperties: count.optional(),
    minProperties: count.optional(),
    required: z.array(z.string()).min(1).refine(isUnique, 'a name stands here twice').optional(),
  }),
  array: z.strictObject({ maxItems: count.optional(), minItems: count.optional(), uniqueItems: truth }),
  boolean: anyObject,
};

/** Without a logical type every one of them would have to allow an option, and none is allowed by all. */
export const optionsOfNoType = z.strictObject({});
