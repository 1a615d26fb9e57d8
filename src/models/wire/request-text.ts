import type { JsonObject, JsonSchema } from '../../domain/json.ts';
import type { ModelRequest } from '../../domain/model.ts';
import type { ToolDefinition } from '../../domain/tool.ts';

/**
 * The request as JSON text: `head` (everything but the conversation) with the conversation, whose messages are
 * JSON text already. The SDKs take the text as it is, so a turn costs the copying of its bytes and no more.
 */
export function requestText(head: string, conversation: { field: string; items: readonly string[] }): string {
  return `${head.slice(0, -1)},"${conversation.field}":[${conversation.items.join(',')}]}`;
}

interface Head {
  readonly schema: JsonSchema | undefined;
  readonly settings: ModelRequest['settings'];
  readonly text: string;
}

/** Builds the head anew only when tools, settings or output schema are other objects than in the turn before. */
export function cachedHead(build: (request: ModelRequest) => JsonObject): (request: ModelRequest) => string {
  const heads = new WeakMap<readonly ToolDefinition[], Head>();
  return (request) => {
    const { tools, settings } = request;
    const schema = request.output?.schema;
    const last = heads.get(tools);
    if (last && last.schema === schema && last.settings === settings) return last.text;
    const text = JSON.stringify(build(request));
    heads.set(tools, { schema, settings, text });
    return text;
  };
}

/** The user's own fields. What the client itself depends on cannot be overridden. */
export function providerOptionsOf(request: ModelRequest, reserved: readonly string[]): JsonObject {
  const given = Object.entries(request.settings.providerOptions ?? {});
  return Object.fromEntries(given.filter(([name]) => name !== 'stream' && !reserved.includes(name)));
}
