import type { JsonObject } from '../../domain/json.ts';
import type { Message } from '../../domain/message.ts';
import type { ModelRequest } from '../../domain/model.ts';
import type { ProviderConnection } from '../connection.ts';
import { cachedPerMessage } from '../wire/message-cache.ts';
import { cachedHead, providerOptionsOf, requestText } from '../wire/request-text.ts';
import { schemaInWords } from '../wire/schema-in-words.ts';
import { type ToolNames, toolNamesOf } from '../wire/tool-names.ts';
import { cacheMarker, markForCache, type WireTurn } from './cache-marks.ts';
import { messagesBlocks } from './messages.ts';
import { toMessagesSchema } from './output-schema.ts';
import { samplingFields } from './sampling.ts';
import { thinkingFields } from './thinking.ts';

/** What a step may write when its settings do not say: every model of the fourth generation and later takes it. */
const defaultMaxTokens = 32_000;

/** Request -> JSON text, for one model. What does not change from turn to turn is made once. */
export function messagesRequests(
  connection: ProviderConnection,
  model: string,
): (request: ModelRequest) => string {
  const head = cachedHead((request) => headOf(request, { connection, model }));
  const wire = cachedPerMessage((message, names) =>
    messagesBlocks(message, names).map((block) => JSON.stringify(block)),
  );
  const systemWire = cachedPerMessage((message) => (message.role === 'system' ? message.text : ''));
  return (request) => {
    const names = toolNamesOf(request.tools);
    const turns = markForCache(
      mergeTurns(request.messages, (message) => wire(message, names)),
      request,
    );
    const items = turns.map(({ role, blocks }) => `{"role":"${role}","content":[${blocks.join(',')}]}`);
    const system = systemText(request, { connection, names, wire: systemWire });
    return requestText(withSystem(head(request), system, request), { field: 'messages', items });
  };
}

/** The results of parallel calls must stand in one user message, so neighbours of one role become one. */
function mergeTurns(
  messages: readonly Message[],
  blocksOf: (message: Message) => readonly string[],
): WireTurn[] {
  const turns: { role: 'user' | 'assistant'; blocks: string[] }[] = [];
  for (const message of messages) {
    const blocks = message.role === 'system' ? [] : blocksOf(message);
    if (blocks.length === 0) continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else turns.push({ role, blocks: [...blocks] });
  }
  return turns;
}

/** The API has one place for system text: that of messages further down moves up. */
function systemText(
  request: ModelRequest,
  place: {
    connection: ProviderConnection;
    names: ToolNames;
    wire: (message: Message, names: ToolNames) => string;
  },
): string {
  const texts = request.messages.map((message) => place.wire(message, place.names));
  if (request.output && !nativeSchema(request, place.connection)) texts.push(schemaInWords(request.output));
  return texts.filter((text) => text !== '').join('\n\n');
}

function withSystem(head: string, text: string, request: ModelRequest): string {
  if (text === '') return head;
  const block = { type: 'text', text, ...(request.tools.length > 0 && { cache_control: cacheMarker }) };
  return `${head.slice(0, -1)},"system":${JSON.stringify([block])}}`;
}

function headOf(request: ModelRequest, place: { connection: ProviderConnection; model: string }): JsonObject {
  const { settings } = request;
  const maxTokens = settings.maxOutputTokens ?? defaultMaxTokens;
  const { thinking, effort } = thinkingFields(settings.reasoningEffort, { model: place.model, maxTokens });
  const schema = nativeSchema(request, place.connection);
  const outputConfig = {
    ...(effort !== undefined && { effort }),
    ...(schema && { format: { type: 'json_schema', schema } }),
  };
  return {
    model: place.model,
    stream: true,
    max_tokens: maxTokens,
    ...samplingFields(settings, place),
    stop_sequences: settings.stop,
    thinking,
    ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
    ...(request.tools.length > 0 && { tools: toolsOf(request), tool_choice: toolChoiceOf(request) }),
    ...providerOptionsOf(request, ['messages', 'system']),
  };
}

function nativeSchema({ output }: ModelRequest, connection: ProviderConnection): JsonObject | undefined {
  return output && connection.structuredOutput ? toMessagesSchema(output.schema) : undefined;
}

function toolsOf(request: ModelRequest): JsonObject[] {
  const names = toolNamesOf(request.tools);
  return request.tools.map((tool, index) => ({
    name: names.toProvider(tool.name),
    description: tool.description,
    input_schema: tool.inputSchema,
    // On the last one it covers all of them: they stay the same from turn to turn.
    ...(index === request.tools.length - 1 && { cache_control: cacheMarker }),
  }));
}

function toolChoiceOf({ settings }: ModelRequest): JsonObject | undefined {
  if (settings.toolChoice === undefined) return undefined;
  return { type: settings.toolChoice === 'required' ? 'any' : settings.toolChoice };
}
