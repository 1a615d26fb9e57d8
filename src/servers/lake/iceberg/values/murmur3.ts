/** Murmur3, x86, 32 bits, seed 0: the hash that the format's bucket transform is defined by. As a signed number. */
export function murmur3(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = bytes.length >> 2;
  let hash = 0;
  for (let index = 0; index < blocks; index++) {
    hash ^= mixed(view.getUint32(index * 4, true));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  return finished(hash ^ mixed(tailOf(bytes, blocks * 4)) ^ bytes.length);
}

function mixed(block: number): number {
  const multiplied = Math.imul(block, 0xcc9e2d51);
  return Math.imul((multiplied << 15) | (multiplied >>> 17), 0x1b873593);
}

function tailOf(bytes: Uint8Array, start: number): number {
  let tail = 0;
  for (let index = bytes.length - 1; index >= start; index--) tail = (tail << 8) | (bytes[index] ?? 0);
  return tail;
}

function finished(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return second ^ (second >>> 16);
}
