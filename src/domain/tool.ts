import { z } from 'zod';
import type { Json, JsonSchema } from './json.ts';
import type { ContentPart } from './message.ts';

/**
 * What a second, unintended run of a call would do. Decides what may happen to a call that was begun and whose
 * end is not in the log: `read` and `idempotent` may run again, the others stop for a person.
 * Unknown is `irreversible`.
 */
export const effectClassSchema = z.enum(['read', 'idempotent', 'reversible', 'irreversible']);
export type EffectClass = z.infer<typeof effectClassSchema>;

export interface ToolDefinition {
  /** `server.tool` for MCP tools, a plain name for local ones. Unique within a step. */
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema?: JsonSchema;
  readonly effect: EffectClass;
}

/** What a tool gave back. A failure that the model can act on is a result with `isError`, never an exception. */
export interface ToolOutput {
  readonly content: readonly ContentPart[];
  /** MCP `structuredContent`: the result as JSON, when the tool gives it. */
  readonly structured?: Json;
  readonly isError: boolean;
}
