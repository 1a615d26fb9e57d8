import { createHash } from 'node:crypto';

// A namespace of our own, so that nobody else derives the same ids from the same texts.
const namespace = Buffer.from('5f0c6f2ad1c74c4e9d5c8b7f3a2e61d9', 'hex');

/** OpenLineage wants UUIDs: a text that is one stays, any other gets the one that always belongs to it (version 5). */
export function uuidOf(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  const bytes = createHash('sha1').update(namespace).update(text, 'utf8').digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
