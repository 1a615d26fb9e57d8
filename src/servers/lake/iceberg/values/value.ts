import { primitiveParts } from '../schema/primitive-type.ts';

/**
 * One value of a primitive type, in the format's own measure: date as days and the time types as microseconds since 1970
 * (or midnight), decimal as its unscaled number, uuid as text with hyphens, binary and fixed as bytes.
 * boolean -> boolean; int, date, float, double -> number; long, time, timestamp, timestamptz, decimal -> bigint.
 */
export type Value = boolean | number | bigint | string | Uint8Array;

/** The same value in the form of a type that was widened since: 5 of an int column is 5n when the column is long. */
export function valueOfType(type: string, value: Value): Value {
  const { kind } = primitiveParts(type);
  const isBig = kind === 'long' || kind === 'decimal' || isMicros(kind);
  if (isBig && typeof value === 'number') return BigInt(value);
  if (!isBig && typeof value === 'bigint') return Number(value);
  return value;
}

export function isMicros(kind: string): boolean {
  return kind === 'time' || kind === 'timestamp' || kind === 'timestamptz';
}

/** Negative, zero or positive, in the order of the format: texts and bytes by their (UTF-8) bytes. */
export function compareValues(left: Value, right: Value): number {
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}

// JavaScript orders by UTF-16 units, which puts emoji before some letters; bytes of UTF-8 are in the order of code points.
function compareTexts(left: string, right: string): number {
  return left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** A text that is equal for equal values and different for different ones, of one type. */
export function valueKey(value: Value | null): string {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return `=${Buffer.from(value).toString('hex')}`;
  return Object.is(value, -0) ? '=0' : `=${String(value)}`;
}
