import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type {
  AssistantMessage,
  AssistantPart,
  ContentPart,
  MediaPart,
  Message,
  ToolCallPart,
} from '../../domain/message.ts';
import { textOf, toolCallsOf } from '../../domain/message.ts';
import { contentAsText, imageTypes, isText, mediaNote, mediaUrl } from '../wire/media.ts';
import { failurePrefix } from '../wire/tool-failure.ts';
import type { ToolNames } from '../wire/tool-names.ts';

interface Spelling {
  readonly names: ToolNames;
  /** Extra fields go back only to the provider that they came from: OpenAI refuses those of others. */
  readonly provider: string;
}

export function chatMessage(message: Message, spelling: Spelling): JsonObject {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text };
    case 'user':
      return { role: 'user', content: userContent(message.content) };
    case 'assistant':
      return assistantMessage(message, spelling);
    case 'tool':
      return {
        role: 'tool',
        tool_call_id: message.callId,
        content: failurePrefix(message) + contentAsText(message.content, 'a tool result in this API'),
      };
  }
}

function userContent(content: readonly ContentPart[]): string | JsonObject[] {
  const [only] = content;
  if (content.length === 1 && only && isText(only)) return only.text;
  return content.map((part) => (isText(part) ? { type: 'text', text: part.text } : userMedia(part)));
}

const audioFormats: Readonly<Record<string, string | undefined>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
};

function userMedia(part: MediaPart): JsonObject {
  const url = mediaUrl(part);
  if (imageTypes.has(part.mediaType) && url !== undefined) return { type: 'image_url', image_url: { url } };
  const format = audioFormats[part.mediaType];
  if (format !== undefined && part.dataBase64 !== undefined)
    return { type: 'input_audio', input_audio: { data: part.dataBase64, format } };
  if (part.mediaType === 'application/pdf' && part.dataBase64 !== undefined && url !== undefined)
    return { type: 'file', file: { filename: 'document.pdf', file_data: url } };
  return { type: 'text', text: mediaNote(part, 'this API') };
}

function assistantMessage(message: AssistantMessage, spelling: Spelling): JsonObject {
  const text = textOf(message);
  const calls = toolCallsOf(message).map((part) => toolCall(part, spelling));
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...Object.assign({}, ...message.parts.map((part) => ownFields(part, spelling.provider))),
  };
}

function toolCall(part: ToolCallPart, spelling: Spelling): JsonObject {
  return {
    ...ownFields(part, spelling.provider),
    id: part.callId,
    type: 'function',
    function: { name: spelling.names.toProvider(part.name), arguments: part.argumentsText },
  };
}

/** What `stream.ts` kept beside the neutral fields: reasoning, a refusal, signatures of tool calls. */
function ownFields(part: AssistantPart, provider: string): JsonObject {
  if (part.native?.api !== 'openai.chat' || !isJsonObject(part.native.item)) return {};
  const { provider: from, fields } = part.native.item;
  return from === provider && isJsonObject(fields) ? fields : {};
}
