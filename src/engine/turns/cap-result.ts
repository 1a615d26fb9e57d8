import type { ContentPart } from '../../domain/message.ts';

/**
 * What the model is shown of a result that is larger than it should read: the first part of its text, and a note of
 * what was cut. The log keeps all of it. Returns the same array when nothing had to be cut.
 */
export function capContent(content: readonly ContentPart[], maxBytes: number): readonly ContentPart[] {
  // Characters are at most bytes: the cheap test spares the exact count in the usual case.
  const characters = content.reduce((sum, part) => sum + sizeOf(part), 0);
  if (characters * 3 <= maxBytes) return content;
  const bytes = content.reduce((sum, part) => sum + byteSizeOf(part), 0);
  if (bytes <= maxBytes) return content;
  return cut(content, maxBytes, bytes);
}

function cut(content: readonly ContentPart[], maxBytes: number, totalBytes: number): readonly ContentPart[] {
  const kept: ContentPart[] = [];
  let left = maxBytes;
  for (const part of content) {
    const size = byteSizeOf(part);
    if (size <= left) kept.push(part);
    else if (part.type === 'text' && left > 0) kept.push({ type: 'text', text: firstBytes(part.text, left) });
    left = Math.max(0, left - size);
  }
  const note = `[Cut: the result has ${totalBytes.toLocaleString('en')} bytes, and you see the first ${maxBytes.toLocaleString('en')}. Ask the tool for a smaller part if you need the rest.]`;
  return [...kept, { type: 'text', text: note }];
}

const sizeOf = (part: ContentPart): number =>
  part.type === 'text' ? part.text.length : (part.dataBase64?.length ?? part.url?.length ?? 0);

const encoder = new TextEncoder();

function byteSizeOf(part: ContentPart): number {
  return part.type === 'text' ? utf8Length(part.text) : sizeOf(part);
}

/** Without building the encoded copy: a result may have hundreds of megabytes. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/** At most `maxBytes` of UTF-8, never half a character. */
function firstBytes(text: string, maxBytes: number): string {
  const target = new Uint8Array(maxBytes);
  const { read } = encoder.encodeInto(text, target);
  return text.slice(0, read);
}
