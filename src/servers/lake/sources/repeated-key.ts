import { isValueObject, type Value } from './json-value.ts';

/**
 * A key that one object of the text names twice: what was parsed holds the last of its values, and nobody would hear of the other.
 * The text is JSON, and `value` what was parsed from it.
 */
export function repeatedKey(text: string, value: Value): string | undefined {
  return keysInText(text) === keysOfValue(value) ? undefined : findRepeated(text);
}

function keysInText(text: string): number {
  let keys = 0;
  for (let at = text.indexOf('"'); at >= 0; ) {
    const end = endOfString(text, at);
    if (isKey(text, end)) keys += 1;
    at = text.indexOf('"', end);
  }
  return keys;
}

/** Without recursion: a document may be nested deeper than calls may. */
function keysOfValue(value: Value): number {
  let keys = 0;
  const rest: Value[] = [value];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const parts = partsOf(next);
    if (!Array.isArray(next)) keys += parts.length;
    for (const part of parts) if (typeof part === 'object' && part !== null) rest.push(part);
  }
  return keys;
}

function partsOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  return isValueObject(value) ? Object.values(value) : [];
}

function findRepeated(text: string): string | undefined {
  const open: Set<string>[] = [];
  let end = 0;
  for (let at = 0; at < text.length; at = end) {
    end = text[at] === '"' ? endOfString(text, at) : at + 1;
    follow(open, text[at] ?? '');
    const known = open.at(-1);
    const key = keyBetween(text, { at, end });
    if (key === undefined || known === undefined) continue;
    if (known.has(key)) return key;
    known.add(key);
  }
  return undefined;
}

function follow(open: Set<string>[], sign: string): void {
  if (sign === '{' || sign === '[') open.push(new Set());
  else if (sign === '}' || sign === ']') open.pop();
}

function keyBetween(text: string, { at, end }: { at: number; end: number }): string | undefined {
  return text[at] === '"' && isKey(text, end) ? (JSON.parse(text.slice(at, end)) as string) : undefined;
}

/** Behind the closing quote of the string that opens at `from`. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

const colonAhead = /[ \t\r\n]*:/y;

function isKey(text: string, end: number): boolean {
  if (text[end] === ':') return true;
  colonAhead.lastIndex = end;
  return colonAhead.test(text);
}
