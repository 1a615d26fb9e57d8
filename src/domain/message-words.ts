import type { AssistantPart, ContentPart, Message } from './message.ts';

/**
 * What a message says, line by line, for comparing two of them: without the items that only a provider understands and
 * without ids. Nothing is made safe for a terminal here.
 */
export function messageWords(message: Message): string {
  if (message.role === 'system') return message.text;
  if (message.role === 'assistant') return message.parts.map(wordsOfPart).filter(Boolean).join('\n');
  const said = message.content.map(wordsOfContent).join('\n');
  return message.role === 'tool' && message.isError ? `(the tool reports an error)\n${said}` : said;
}

function wordsOfContent(part: ContentPart): string {
  if (part.type === 'text') return part.text;
  const length = part.dataBase64?.length;
  const data = length === undefined ? '' : `, ${length} characters of base64`;
  return `[${part.mediaType}${part.url === undefined ? '' : ` ${part.url}`}${data}]`;
}

function wordsOfPart(part: AssistantPart): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'reasoning') return part.text === '' ? '' : `(reasoning) ${part.text}`;
  if (part.type === 'tool-call') return `→ ${part.name} ${part.argumentsText}`;
  return `(an item of ${part.native.api})`;
}
