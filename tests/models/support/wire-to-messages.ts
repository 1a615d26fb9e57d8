import type { ContentPart, Message, ToolMessage } from '../../../src/domain/message.ts';
import type { OutputFormat } from '../../../src/domain/model.ts';
import type { ToolDefinition } from '../../../src/domain/tool.ts';
import type { WireBody } from './shared-material.ts';

/** Recorded request bodies of the three APIs, read back into our words: what a user of the product would have given. */

const listOf = (body: WireBody): WireBody[] =>
  typeof body.input === 'string'
    ? [{ role: 'user', content: body.input }]
    : (body.messages ?? body.input ?? []);

const textOf = (content: WireBody): string =>
  typeof content === 'string'
    ? content
    : (content ?? []).map((part: WireBody) => part.text ?? `[${part.type}]`).join('\n');

export function systemOf(body: WireBody): Message[] {
  const text = body.instructions ?? (body.system && textOf(body.system));
  const first: Message[] = text ? [{ role: 'system', text }] : [];
  const inline = listOf(body).filter((item) => item.role === 'system' || item.role === 'developer');
  return [...first, ...inline.map((item): Message => ({ role: 'system', text: textOf(item.content) }))];
}

/** The user's messages after the last thing that model or tool said. */
export function newUserMessages(body: WireBody): Message[] {
  const list = listOf(body);
  const isUsers = (item: WireBody): boolean => item.role === 'user' && !hasToolResult(item);
  const last = list.findLastIndex(
    (item) => !isUsers(item) && item.role !== 'system' && item.role !== 'developer',
  );
  return list
    .slice(last + 1)
    .filter(isUsers)
    .map((item): Message => ({ role: 'user', content: partsOf(item.content) }));
}

const hasToolResult = (item: WireBody): boolean =>
  Array.isArray(item.content) && item.content.some((part: WireBody) => part.type === 'tool_result');

const partsOf = (content: WireBody): ContentPart[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(partOf);

function partOf(part: WireBody): ContentPart {
  if (part.type === 'input_audio')
    return {
      type: 'media',
      mediaType: part.input_audio.format === 'mp3' ? 'audio/mpeg' : 'audio/wav',
      dataBase64: part.input_audio.data,
    };
  if (part.type === 'input_file') return { type: 'media', mediaType: 'audio/mpeg', url: part.file_url };
  return { type: 'text', text: part.text ?? `[${part.type}]` };
}

/** Every tool result of a recording by the id of its call. */
export function toolResults(bodies: readonly WireBody[]): Map<string, Omit<ToolMessage, 'name'>> {
  const found = new Map<string, Omit<ToolMessage, 'name'>>();
  const add = (callId: string, content: WireBody, isError: boolean): void => {
    found.set(callId, { role: 'tool', callId, content: partsOf(content), isError });
  };
  for (const item of bodies.flatMap(listOf)) {
    if (item.role === 'tool') add(item.tool_call_id, item.content, false);
    if (item.type === 'function_call_output') add(item.call_id, item.output, false);
    if (!hasToolResult(item)) continue;
    for (const block of item.content)
      if (block.type === 'tool_result') add(block.tool_use_id, block.content, block.is_error === true);
  }
  return found;
}

/** Tools of the provider's own have no schema; they are not ours to offer. */
export function toolsOf(body: WireBody): ToolDefinition[] {
  return (body.tools ?? [])
    .map((tool: WireBody) => tool.function ?? tool)
    .filter((tool: WireBody) => tool.parameters ?? tool.input_schema)
    .map((tool: WireBody) => ({
      name: tool.name,
      description: tool.description ?? '',
      inputSchema: tool.parameters ?? tool.input_schema,
      effect: 'read',
    }));
}

export function outputOf(body: WireBody): OutputFormat | undefined {
  const format =
    body.response_format?.json_schema ??
    body.output_config?.format ??
    (body.text?.format?.schema ? body.text.format : undefined);
  return format?.schema ? { name: format.name ?? 'answer', schema: format.schema } : undefined;
}
