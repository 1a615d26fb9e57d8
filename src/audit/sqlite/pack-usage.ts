import type { JsonObject } from '../../domain/json.ts';
import type { Usage } from '../../domain/usage.ts';

/** The order of the numbers in the column; the views read them by place. Never changes, only grows at the end. */
const fields = [
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
] as const satisfies readonly (keyof Usage)[];

/** `[1200,40,0,0,12]`: a fifth of the object's length. Null when it is not exactly these five numbers. */
export function packUsage(usage: JsonObject): string | null {
  const numbers = fields.map((name) => usage[name]);
  const exact = Object.keys(usage).length === fields.length && numbers.every(Number.isSafeInteger);
  return exact ? JSON.stringify(numbers) : null;
}

export function unpackUsage(text: string): JsonObject {
  const numbers: unknown = JSON.parse(text);
  if (!Array.isArray(numbers)) throw new SyntaxError('usage is no list of numbers');
  return Object.fromEntries(fields.map((name, index) => [name, numbers[index]]));
}
