import { isUtf8 } from 'node:buffer';

/** A part of a block with bytes in it that are no UTF-8; it starts and ends at line ends. */
export interface DamagedPart {
  readonly from: number;
  readonly to: number;
}

const smallestPart = 4096;

/** Halves a block until what is damaged is small: the rest of it needs no second look. */
export function findDamage(bytes: Uint8Array, from: number, to: number): readonly DamagedPart[] {
  if (from >= to || isUtf8(bytes.subarray(from, to))) return [];
  if (to - from <= smallestPart) return [{ from, to }];
  const middle = bytes.indexOf(10, from + Math.floor((to - from) / 2)) + 1;
  if (middle <= 0 || middle >= to) return [{ from, to }];
  return [...findDamage(bytes, from, middle), ...findDamage(bytes, middle, to)];
}
