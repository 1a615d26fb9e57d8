import type { Json, JsonObject } from '../../domain/json.ts';
import type { AssistantPart, ContentPart, MediaPart, Message, ToolMessage } from '../../domain/message.ts';
import { imageTypes, isText, mediaNote, mediaUrl } from '../wire/media.ts';
import { failurePrefix } from '../wire/tool-failure.ts';
import type { ToolNames } from '../wire/tool-names.ts';

/** The input items of a message, in order. The API's own items go back to the letter. */
export function responsesItems(message: Message, names: ToolNames): Json[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.text }];
    case 'user':
      return [{ role: 'user', content: message.content.map(inputPart) }];
    case 'assistant':
      return message.parts.flatMap((part) => outputItem(part, names));
    case 'tool':
      return [{ type: 'function_call_output', call_id: message.callId, output: toolOutput(message) }];
  }
}

function inputPart(part: ContentPart): JsonObject {
  return isText(part) ? { type: 'input_text', text: part.text } : inputMedia(part);
}

function inputMedia(part: MediaPart): JsonObject {
  const url = mediaUrl(part);
  if (imageTypes.has(part.mediaType) && url !== undefined)
    return { type: 'input_image', image_url: url, detail: 'auto' };
  if (part.mediaType === 'application/pdf') {
    if (part.dataBase64 !== undefined)
      return { type: 'input_file', filename: 'document.pdf', file_data: url };
    if (part.url !== undefined) return { type: 'input_file', file_url: part.url };
  }
  return { type: 'input_text', text: mediaNote(part, 'this API') };
}

function toolOutput(message: ToolMessage): string | JsonObject[] {
  const prefix = failurePrefix(message);
  if (message.content.every(isText)) return prefix + message.content.map((part) => part.text).join('\n');
  const parts = message.content.map(inputPart);
  return prefix === '' ? parts : [{ type: 'input_text', text: prefix }, ...parts];
}

function outputItem(part: AssistantPart, names: ToolNames): Json[] {
  if (part.native?.api === 'openai.responses') return [part.native.item];
  switch (part.type) {
    case 'text':
      return part.text === '' ? [] : [{ role: 'assistant', content: part.text }];
    case 'tool-call':
      return [
        {
          type: 'function_call',
          call_id: part.callId,
          name: names.toProvider(part.name),
          arguments: part.argumentsText,
        },
      ];
    // Reasoning and server-side blocks of another API mean nothing here: they are signed for their own.
    case 'reasoning':
    case 'provider':
      return [];
  }
}
