import { z } from 'zod';
import { anyValue, stableId, text, texts } from './values.ts';

/** What nearly every part of a contract may carry. */

export const tags = texts.optional();

export const authoritativeDefinitions = z
  .array(z.strictObject({ id: stableId.optional(), url: z.string(), type: z.string(), description: text }))
  .optional();

export const customProperties = z
  .array(
    z.strictObject({ id: stableId.optional(), property: z.string(), value: anyValue, description: text }),
  )
  .optional();
