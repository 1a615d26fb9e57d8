import type { ToolMessage } from '../../domain/message.ts';

/** The OpenAI APIs have no error flag on a tool result: the words in front say it. */
export function failurePrefix(message: ToolMessage): string {
  return message.isError ? 'The tool failed: ' : '';
}
