import type { ModelRequest } from '../../domain/model.ts';
import type { ProviderConnection } from '../connection.ts';
import { hasObjectRoot } from './openai-strict.ts';
import { schemaInWords } from './schema-in-words.ts';

/** Whether the contract goes to an OpenAI API as a schema: its root must be an object, and the server must know how. */
export function isNativeOutput({ output }: ModelRequest, { structuredOutput }: ProviderConnection): boolean {
  return structuredOutput && output !== undefined && hasObjectRoot(output.schema);
}

/** The contract in words, for the system message, when it cannot go as a schema. */
export function schemaNote(request: ModelRequest, connection: ProviderConnection): string | undefined {
  if (!request.output || isNativeOutput(request, connection)) return undefined;
  return schemaInWords(request.output);
}
