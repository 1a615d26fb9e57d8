import { z } from 'zod';
import { type Budgets, budgetsSchema, limitsSchema } from './limits.ts';
import { serverConfigSchema } from './server-config.ts';

/** US dollars for a million tokens. `input` is for tokens that no cache served. */
export const modelPriceSchema = z.strictObject({
  input: z.number().nonnegative().describe('USD for a million tokens that no cache served'),
  output: z.number().nonnegative().describe('USD for a million tokens of the answer'),
  cacheRead: z.number().nonnegative().optional().describe('USD for a million tokens from the cache'),
  cacheWrite: z.number().nonnegative().optional().describe('USD for a million tokens written to it'),
});
export type ModelPrice = z.infer<typeof modelPriceSchema>;

export const providerConfigSchema = z.strictObject({
  api: z
    .enum(['openai.chat', 'openai.responses', 'anthropic.messages'])
    .optional()
    .describe('default openai.chat; the built-in names `openai` and `anthropic` keep their own'),
  baseUrl: z.url().optional().describe('with /v1 for OpenAI-compatible servers, without for Anthropic'),
  apiKeyEnv: z.string().optional().describe('environment variable that holds the key'),
  headers: z.record(z.string(), z.string()).optional().describe('further HTTP headers'),
  /** Servers that know no `response_format: json_schema` get the schema in words; the answer is validated alike. */
  structuredOutput: z
    .boolean()
    .default(true)
    .describe('false: the schema is told in words, for servers without response_format (default true)'),
});
export type ProviderConfig = z.infer<typeof providerConfigSchema>;

/** `aiworkflow.yaml` at the project's root. Every field is optional. */
export const projectConfigSchema = z.strictObject({
  model: z.string().optional().describe('default model, provider:model'),
  database: z.string().optional().describe('path of the audit log (default .aiworkflow/audit.db)'),
  durability: z
    .enum(['full', 'normal'])
    .optional()
    .describe('full (default) survives power loss; normal survives a crash of the program'),
  providers: z
    .record(z.string(), providerConfigSchema)
    .optional()
    .describe('model providers, by the name that stands before the colon'),
  tools: z.record(z.string(), serverConfigSchema).optional().describe('MCP servers that workflows may name'),
  prices: z
    .record(z.string(), modelPriceSchema)
    .optional()
    .describe('provider:model -> price; wins over the built-in table'),
  secrets: z
    .array(z.string())
    .optional()
    .describe('environment variables whose values must never reach the log'),
  limits: limitsSchema
    .optional()
    .describe('limits of each step, unless the workflow or the step sets its own'),
  budget: budgetsSchema
    .optional()
    .describe('what each run, or all runs of a day or month, may use; holds beside those of workflows'),
});
export type ProjectConfig = Omit<z.infer<typeof projectConfigSchema>, 'budget'> & {
  readonly budget?: Budgets;
};
