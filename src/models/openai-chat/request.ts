import type { JsonObject } from '../../domain/json.ts';
import type { ModelRequest } from '../../domain/model.ts';
import type { ProviderConnection } from '../connection.ts';
import { cachedPerMessage } from '../wire/message-cache.ts';
import { isNativeOutput, schemaNote } from '../wire/native-output.ts';
import { fitsStrictMode } from '../wire/openai-strict.ts';
import { cachedHead, providerOptionsOf, requestText } from '../wire/request-text.ts';
import { withSystemNote } from '../wire/system-note.ts';
import { toolNamesOf } from '../wire/tool-names.ts';
import { chatMessage } from './messages.ts';

/** Request -> JSON text, for one model. What does not change from turn to turn is made once. */
export function chatRequests(
  connection: ProviderConnection,
  model: string,
): (request: ModelRequest) => string {
  const head = cachedHead((request) => headOf(request, { connection, model }));
  const wire = cachedPerMessage((message, names) =>
    JSON.stringify(chatMessage(message, { names, provider: connection.provider })),
  );
  return (request) => {
    const names = toolNamesOf(request.tools);
    const messages = withSystemNote(request.messages, schemaNote(request, connection));
    const items = messages.map((message) => wire(message, names));
    return requestText(head(request), { field: 'messages', items });
  };
}

function headOf(request: ModelRequest, place: { connection: ProviderConnection; model: string }): JsonObject {
  const { settings, output } = request;
  return {
    model: place.model,
    stream: true,
    stream_options: { include_usage: true },
    [outputLimitField(place.connection)]: settings.maxOutputTokens,
    temperature: settings.temperature,
    top_p: settings.topP,
    reasoning_effort: settings.reasoningEffort,
    stop: settings.stop,
    ...(request.tools.length > 0 && { tools: toolsOf(request), tool_choice: settings.toolChoice }),
    ...(output && isNativeOutput(request, place.connection) && { response_format: formatOf(output) }),
    ...providerOptionsOf(request, ['messages']),
  };
}

/** OpenAI's newer models refuse `max_tokens`; most compatible servers know nothing else. */
function outputLimitField(connection: ProviderConnection): 'max_completion_tokens' | 'max_tokens' {
  const { hostname } = new URL(connection.baseUrl);
  return /(^|\.)(openai\.com|azure\.com)$/.test(hostname) ? 'max_completion_tokens' : 'max_tokens';
}

function toolsOf(request: ModelRequest): JsonObject[] {
  const names = toolNamesOf(request.tools);
  return request.tools.map((tool) => ({
    type: 'function',
    function: {
      name: names.toProvider(tool.name),
      description: tool.description,
      parameters: tool.inputSchema,
    },
  }));
}

function formatOf(output: NonNullable<ModelRequest['output']>): JsonObject {
  const { name, schema } = output;
  return { type: 'json_schema', json_schema: { name, schema, strict: fitsStrictMode(schema) } };
}
