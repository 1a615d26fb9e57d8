import type { JsonObject } from '../domain/json.ts';
import type { ToolDefinition, ToolOutput } from '../domain/tool.ts';

export interface ToolCallContext {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** `<run>/<position>`: the same for every attempt of the same call. Sent to MCP servers in `_meta`. */
  readonly idempotencyKey: string;
}

/**
 * A tool that a step may use.
 *
 * `call` gets arguments that already satisfy `definition.inputSchema`. What goes wrong in the tool's own world
 * (no such file, bad SQL, a result that is too large) resolves with `isError`. It rejects only with
 * ToolError TOOL_OUTCOME_UNKNOWN (cut off by time-out, crash or cancellation after it was sent, so it may have
 * happened; the engine then decides by effect class), ToolError TOOL_SERVER_UNREACHABLE (the server is gone and does
 * not come back; the call was not made: no model can mend that), or InterruptedError (not made either).
 */
export interface CallableTool {
  readonly definition: ToolDefinition;
  /** Knows by the idempotency key whether a call was made: `{ status: 'done', result } | { status: 'not-done' | 'unknown' }`. */
  readonly probe?: ToolProbe;
  call(args: JsonObject, context: ToolCallContext): Promise<ToolOutput>;
}

/** A tool that takes `{ idempotencyKey }` and changes nothing. */
export type ToolProbe = Pick<CallableTool, 'definition' | 'call'>;

export interface ToolSource {
  /**
   * The tools that match the names and globs (`lake.*`), sorted by name. Starts servers on first use.
   * Throws DefinitionError TOOL_UNKNOWN for a pattern that matches nothing, ToolError TOOL_SERVER_UNREACHABLE.
   */
  resolve(patterns: readonly string[]): Promise<readonly CallableTool[]>;
}
