import { z } from 'zod';
import { modelSettingsSchema } from '../domain/model.ts';

/** What may stand between the two --- lines of a .prompt file. */
export const frontMatterSchema = z.strictObject({
  name: z.string().optional().describe('for people; the file is found by its path'),
  description: z.string().optional().describe('for people'),
  model: z.string().optional().describe('provider:model, unless the step names one'),
  config: modelSettingsSchema
    .extend({ stopSequences: z.array(z.string()).optional().describe("Dotprompt's name for stop") })
    .optional()
    .describe('settings of the model'),
  input: z
    .strictObject({
      schema: z
        .union([z.string(), z.record(z.string(), z.json())])
        .optional()
        .describe('JSON Schema or Picoschema of the variables'),
      default: z.record(z.string(), z.json()).optional().describe('values for variables that are left out'),
    })
    .optional()
    .describe('`schema` (JSON Schema or Picoschema) of the variables, `default` for those that are left out'),
  output: z
    .strictObject({
      format: z.enum(['json', 'text']).optional(),
      schema: z
        .union([z.string(), z.record(z.string(), z.json())])
        .optional()
        .describe('contract of the answer, unless the step has one'),
    })
    .optional()
    .describe('`schema` of the answer, unless the step has a `response`; `format: json` or `text`'),
  tools: z.array(z.string()).optional().describe('names or globs, unless the step has its own list'),
});
export type FrontMatter = z.infer<typeof frontMatterSchema>;
