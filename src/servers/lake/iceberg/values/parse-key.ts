import { primitiveParts } from '../schema/primitive-type.ts';
import { parseValue } from './parse-value.ts';
import { isMicros, type Value } from './value.ts';

/** The partition value of a text that `partitionKeySql` made; `type` is the type of the partition, not of the column. */
export function parseKey(type: string, text: string | null): Value | null {
  if (text === null) return null;
  const { kind } = primitiveParts(type);
  if (kind === 'date') return parseValue('int', text);
  return parseValue(kind === 'decimal' || isMicros(kind) ? 'long' : type, text);
}
