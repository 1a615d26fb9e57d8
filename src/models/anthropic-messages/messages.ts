import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type {
  AssistantPart,
  ContentPart,
  MediaPart,
  Message,
  ToolCallPart,
  ToolMessage,
} from '../../domain/message.ts';
import { imageTypes, isText, mediaNote } from '../wire/media.ts';
import type { ToolNames } from '../wire/tool-names.ts';

/** The content blocks of a message, in order. The API's own blocks go back to the letter: thinking is signed. */
export function messagesBlocks(message: Message, names: ToolNames): Json[] {
  switch (message.role) {
    case 'system':
      return [];
    case 'user':
      return message.content.flatMap(contentBlock);
    case 'assistant':
      return message.parts.flatMap((part) => assistantBlock(part, names));
    case 'tool':
      return [toolResult(message)];
  }
}

/** The API refuses empty text. */
function contentBlock(part: ContentPart): JsonObject[] {
  if (!isText(part)) return [mediaBlock(part)];
  return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
}

function mediaBlock(part: MediaPart): JsonObject {
  const source = sourceOf(part);
  if (source && imageTypes.has(part.mediaType)) return { type: 'image', source };
  if (source && part.mediaType === 'application/pdf') return { type: 'document', source };
  return { type: 'text', text: mediaNote(part, 'this API') };
}

function sourceOf(part: MediaPart): JsonObject | undefined {
  if (part.dataBase64 !== undefined)
    return { type: 'base64', media_type: part.mediaType, data: part.dataBase64 };
  return part.url === undefined ? undefined : { type: 'url', url: part.url };
}

function toolResult(message: ToolMessage): JsonObject {
  return {
    type: 'tool_result',
    tool_use_id: message.callId,
    content: message.content.flatMap(contentBlock),
    ...(message.isError && { is_error: true }),
  };
}

function assistantBlock(part: AssistantPart, names: ToolNames): Json[] {
  if (part.native?.api === 'anthropic.messages') return [part.native.item];
  switch (part.type) {
    case 'text':
      return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
    case 'tool-call':
      return [
        {
          type: 'tool_use',
          id: part.callId,
          name: names.toProvider(part.name),
          input: inputOf(part),
        },
      ];
    // Reasoning and server-side blocks of another API mean nothing here: they are signed for their own.
    case 'reasoning':
    case 'provider':
      return [];
  }
}

/**
 * The API takes an object only. Arguments that are none were refused before any tool saw them, and the result that
 * follows tells the model so; `{}` stands in their place here, the log keeps what was written.
 */
function inputOf(part: ToolCallPart): JsonObject {
  return parsedInput(part.argumentsText) ?? {};
}

export function parsedInput(argumentsText: string): JsonObject | undefined {
  try {
    const input: unknown = JSON.parse(argumentsText);
    return isJsonObject(input) ? input : undefined;
  } catch {
    return undefined;
  }
}
