import type { JsonObject } from '../../domain/json.ts';
import type { ModelRequest } from '../../domain/model.ts';
import { ModelError } from '../../errors/index.ts';
import type { ProviderConnection } from '../connection.ts';
import { cachedPerMessage } from '../wire/message-cache.ts';
import { isNativeOutput, schemaNote } from '../wire/native-output.ts';
import { fitsStrictMode } from '../wire/openai-strict.ts';
import { cachedHead, providerOptionsOf, requestText } from '../wire/request-text.ts';
import { withSystemNote } from '../wire/system-note.ts';
import { toolNamesOf } from '../wire/tool-names.ts';
import { responsesItems } from './messages.ts';

/** Request -> JSON text, for one model. What does not change from turn to turn is made once. */
export function responsesRequests(
  connection: ProviderConnection,
  model: string,
): (request: ModelRequest) => string {
  const head = cachedHead((request) => headOf(request, { connection, model }));
  const wire = cachedPerMessage((message, names) =>
    responsesItems(message, names).map((item) => JSON.stringify(item)),
  );
  return (request) => {
    const names = toolNamesOf(request.tools);
    const messages = withSystemNote(request.messages, schemaNote(request, connection));
    const items = messages.flatMap((message) => wire(message, names));
    return requestText(head(request), { field: 'input', items });
  };
}

function headOf(request: ModelRequest, place: { connection: ProviderConnection; model: string }): JsonObject {
  const { settings, output } = request;
  if (settings.stop?.length) throw noStopSequences(place);
  return {
    model: place.model,
    stream: true,
    // The audit log is the only place that keeps the conversation, so nothing is looked up at the provider.
    store: false,
    ...(reasons(place.model, settings) && { include: ['reasoning.encrypted_content'] }),
    ...(settings.reasoningEffort && { reasoning: { effort: settings.reasoningEffort } }),
    max_output_tokens: settings.maxOutputTokens,
    temperature: settings.temperature,
    top_p: settings.topP,
    ...(request.tools.length > 0 && { tools: toolsOf(request), tool_choice: settings.toolChoice }),
    ...(output && isNativeOutput(request, place.connection) && { text: { format: formatOf(output) } }),
    ...providerOptionsOf(request, ['input', 'previous_response_id']),
  };
}

/** Models that do not reason refuse to be asked for encrypted reasoning. */
function reasons(model: string, settings: ModelRequest['settings']): boolean {
  if (settings.reasoningEffort !== undefined) return true;
  return /^(o\d|gpt-([5-9]|\d\d)|codex)/.test(model) && !model.includes('-chat');
}

function toolsOf(request: ModelRequest): JsonObject[] {
  const names = toolNamesOf(request.tools);
  return request.tools.map((tool) => ({
    type: 'function',
    name: names.toProvider(tool.name),
    description: tool.description,
    parameters: tool.inputSchema,
    // Left out, it means strict, which few tools' schemas satisfy. Arguments are validated locally.
    strict: false,
  }));
}

function formatOf(output: NonNullable<ModelRequest['output']>): JsonObject {
  const { name, schema } = output;
  return { type: 'json_schema', name, schema, strict: fitsStrictMode(schema) };
}

function noStopSequences({
  connection,
  model,
}: {
  connection: ProviderConnection;
  model: string;
}): ModelError {
  return new ModelError({
    code: 'MODEL_REQUEST_INVALID',
    message: `${connection.provider}:${model} has settings.stop, and the Responses API knows no stop sequences`,
    hint: 'remove settings.stop, or declare a provider with api: openai.chat in aiworkflow.yaml',
  });
}
