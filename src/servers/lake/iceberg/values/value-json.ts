import type { Value } from './value.ts';

/** A value of a partition as JSON, with its kind: JSON's own numbers know no NaN, no -0 and no 64 bits. */
export type JsonValue = null | boolean | readonly [kind: 'number' | 'whole' | 'text' | 'hex', text: string];

export function valueToJson(value: Value | null): JsonValue {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return ['number', Object.is(value, -0) ? '-0' : String(value)];
  if (typeof value === 'bigint') return ['whole', String(value)];
  return typeof value === 'string' ? ['text', value] : ['hex', Buffer.from(value).toString('hex')];
}

export function valueOfJson(json: JsonValue): Value | null {
  if (json === null || typeof json === 'boolean') return json;
  const [kind, text] = json;
  if (kind === 'number') return Number(text);
  if (kind === 'whole') return BigInt(text);
  return kind === 'text' ? text : Buffer.from(text, 'hex');
}
