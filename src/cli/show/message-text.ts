import type { AssistantPart, ContentPart, Message } from '../../domain/message.ts';
import { printable } from '../render/printable.ts';

/** What a message says, for a person. Bytes of images are named, not shown. */
export function messageText(message: Message): string {
  if (message.role === 'system') return printable(message.text);
  if (message.role === 'assistant') return message.parts.map(partText).filter(Boolean).join('\n');
  return contentText(message.content);
}

export function contentText(content: readonly ContentPart[]): string {
  return content
    .map((part) => {
      if (part.type === 'text') return printable(part.text);
      return `[${printable(part.mediaType)}${part.url === undefined ? '' : ` ${printable(part.url)}`}]`;
    })
    .join('\n');
}

function partText(part: AssistantPart): string {
  if (part.type === 'text') return printable(part.text);
  if (part.type === 'reasoning')
    return part.text === ''
      ? '(reasoning, not shown by the provider)'
      : `(reasoning) ${printable(part.text)}`;
  if (part.type === 'tool-call') return `→ ${printable(part.name)} ${printable(part.argumentsText)}`;
  return `(an item of ${part.native.api}: --json shows it)`;
}
