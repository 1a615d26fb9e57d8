import type { ContentPart, MediaPart } from '../../domain/message.ts';

/** Stands in for media that this API, or this place in it, cannot carry, so that the model knows that it was there. */
export function mediaNote(part: MediaPart, where: string): string {
  const size = part.dataBase64 === undefined ? '' : `, ${Math.floor((part.dataBase64.length * 3) / 4)} bytes`;
  const place = part.url === undefined ? '' : ` at ${part.url}`;
  return `[${part.mediaType}${size}${place}: not shown, because ${where} cannot carry it]`;
}

/** `https://…` as it is, bytes as a data URL. */
export function mediaUrl(part: MediaPart): string | undefined {
  if (part.dataBase64 !== undefined) return `data:${part.mediaType};base64,${part.dataBase64}`;
  return part.url;
}

export function isText(part: ContentPart): part is { readonly type: 'text'; readonly text: string } {
  return part.type === 'text';
}

/** All parts as one text, media as notes. */
export function contentAsText(content: readonly ContentPart[], where: string): string {
  return content.map((part) => (isText(part) ? part.text : mediaNote(part, where))).join('\n');
}

export const imageTypes: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
]);
