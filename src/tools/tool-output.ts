import type { Json } from '../domain/json.ts';
import type { ToolOutput } from '../domain/tool.ts';

/** The three shapes that a result of our own can have, side by side. */

export function textOutput(text: string): ToolOutput {
  return { content: [{ type: 'text', text }], isError: false };
}

export function structuredOutput(structured: Json): ToolOutput {
  return { content: [{ type: 'text', text: JSON.stringify(structured) }], structured, isError: false };
}

/** A failure that the model can act on. */
export function failedOutput(text: string): ToolOutput {
  return { content: [{ type: 'text', text }], isError: true };
}
