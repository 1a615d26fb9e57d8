import { z } from 'zod';
import type { JsonSchema } from './json.ts';
import type { AssistantMessage, Message } from './message.ts';
import type { ToolDefinition } from './tool.ts';
import type { Usage } from './usage.ts';

export const modelSettingsSchema = z.strictObject({
  maxOutputTokens: z.int().positive().optional().describe('tokens of one answer'),
  temperature: z.number().min(0).max(2).optional().describe('0 is the most even'),
  topP: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('share of the likeliest tokens that the next one is taken of'),
  reasoningEffort: z
    .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])
    .optional()
    .describe('how long the model thinks first'),
  stop: z.array(z.string()).optional().describe('texts that end the answer'),
  toolChoice: z
    .enum(['auto', 'required', 'none'])
    .optional()
    .describe('whether it must, may or cannot call tools'),
  /** Fields merged into the provider's request as they are: the way out for what has no neutral name. */
  providerOptions: z
    .record(z.string(), z.json())
    .optional()
    .describe('fields that go into the request to the provider as they are'),
});
export type ModelSettings = z.infer<typeof modelSettingsSchema>;

/** `json`: the answer must be JSON that satisfies `schema`. `name` is what providers want the schema called. */
export interface OutputFormat {
  readonly name: string;
  readonly schema: JsonSchema;
}

export interface ModelRequest {
  readonly messages: readonly Message[];
  readonly tools: readonly ToolDefinition[];
  readonly output?: OutputFormat;
  readonly settings: ModelSettings;
}

/**
 * Why the model stopped, in our words.
 * `end` it answered; `tool-calls` it waits for results; `length` cut by its output limit; `context-overflow` cut
 * because the window is full; `refusal`, `content-filter` it or its provider declined; `pause` the provider asks
 * to be called again with the same history.
 */
export type ModelStopReason =
  | 'end'
  | 'tool-calls'
  | 'length'
  | 'context-overflow'
  | 'refusal'
  | 'content-filter'
  | 'pause';

export interface ModelResponse {
  readonly message: AssistantMessage;
  readonly stopReason: ModelStopReason;
  /** The provider's words on a refusal or filter, when it gives any. */
  readonly stopDetail?: string;
  readonly usage: Usage;
  /** The provider sent no usage: `usage` is all zero, and what the call cost is unknown, not 0. */
  readonly usageUnknown?: true;
  /** The model that answered, when the provider names one: an alias may resolve to a dated version. */
  readonly resolvedModel?: string;
  /** The provider's id of the answer, for its support desk. */
  readonly providerId?: string;
}
