import type { z } from 'zod';
import type { Lake } from '../lake.ts';
import type { Origin } from '../storage/table-store.ts';

/** What is known of the call that a tool answers, beside its input. */
export interface ToolCall {
  /** Absent when the client is no run of this program. */
  readonly origin: Origin | undefined;
}

/** One tool: what it takes and gives as zod schemas, what it does, and what a second run of it would do. */
export interface LakeTool<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly idempotentHint: boolean;
    readonly destructiveHint: boolean;
  };
  readonly run: (lake: Lake, given: z.output<Input>, call: ToolCall) => Promise<z.input<Output>>;
}

/** A tool as the server holds it: what is given has been through `input`. */
export interface AnyLakeTool extends Omit<LakeTool<z.ZodObject, z.ZodObject>, 'run'> {
  readonly run: (lake: Lake, given: unknown, call: ToolCall) => Promise<Record<string, unknown>>;
}

/** Keeps the types of one definition together and gives it a common shape. */
export function defineLakeTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: LakeTool<Input, Output>,
): AnyLakeTool {
  return {
    ...tool,
    run: async (lake, given, call) => tool.output.parse(await tool.run(lake, tool.input.parse(given), call)),
  };
}

export const reads = { readOnlyHint: true, idempotentHint: true, destructiveHint: false } as const;
/** Writes; a second run does it again, or fails because it is done. Nothing is lost. */
export const writes = { readOnlyHint: false, idempotentHint: false, destructiveHint: false } as const;
/** Writes, and a second run with the same input changes nothing more. */
export const writesOnce = { readOnlyHint: false, idempotentHint: true, destructiveHint: false } as const;
