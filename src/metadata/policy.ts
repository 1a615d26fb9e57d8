import { z } from 'zod';

const cell = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]);

/** A business policy as data: what it says in words, and the tables that its words refer to. */
export const policySchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_]*$/, 'lower-case letters, digits and _'),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'a version is three numbers: 1.0.0'),
  title: z.string(),
  description: z.string(),
  rules: z.array(z.strictObject({ id: z.string(), statement: z.string() })).min(1),
  tables: z.record(z.string(), z.array(z.record(z.string(), cell)).min(1)).optional(),
});
export type Policy = z.infer<typeof policySchema>;
