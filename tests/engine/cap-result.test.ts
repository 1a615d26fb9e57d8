import { expect, test } from 'vitest';
import type { ContentPart } from '../../src/domain/message.ts';
import { capContent } from '../../src/engine/turns/cap-result.ts';

const text = (value: string): ContentPart => ({ type: 'text', text: value });
const shown = (parts: readonly ContentPart[]) =>
  parts.map((part) => (part.type === 'text' ? part.text : part.mediaType));

test.each([
  ['nothing', [], 10],
  ['one byte less than the limit', [text('a'.repeat(9))], 10],
  ['exactly the limit, in bytes', [text('äöü€a')], 10],
  ['several parts within the limit', [text('aaaa'), text('bbbbb')], 10],
])('%s is the same content', (_, content, limit) => {
  expect(capContent(content, limit)).toBe(content);
});

test.each([
  ['one byte too many', [text('a'.repeat(11))], ['a'.repeat(10)]],
  ['a character that would be halved', [text('aaaaaaaaa€')], ['aaaaaaaaa']],
  ['a surrogate pair that would be halved', [text('aaaaaaaa😀')], ['aaaaaaaa']],
  ['the second of two parts', [text('aaaaaa'), text('bbbbbb')], ['aaaaaa', 'bbbb']],
  [
    'a picture that does not fit, and what comes after it',
    [text('aa'), { type: 'media', mediaType: 'image/png', dataBase64: 'x'.repeat(50) } as const, text('bb')],
    ['aa'],
  ],
])('%s is cut, with a note', (_, content, kept) => {
  const capped = shown(capContent(content, 10));
  expect(capped.slice(0, -1)).toEqual(kept);
  expect(capped.at(-1)).toMatch(/^\[Cut: the result has \d+ bytes, and you see the first 10\./);
});
