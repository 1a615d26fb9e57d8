import { isValueObject, type Value, type ValueObject } from './json-value.ts';

/** `dimensions.width`, `images.0`, `@id`. A key that holds dots itself is found as it stands. */
export function valueAt(record: ValueObject, path: string): Value | undefined {
  if (Object.hasOwn(record, path)) return textOf(record[path]);
  let value: Value | undefined = record;
  for (const key of path.split('.')) value = childOf(value, key);
  return textOf(value);
}

function childOf(value: Value | undefined, key: string): Value | undefined {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? (value as readonly Value[])[Number(key)] : undefined;
  return isValueObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** An XML element with attributes: whoever asks for the element means its text, which may be missing. */
function textOf(value: Value | undefined): Value | undefined {
  if (!isValueObject(value)) return value;
  if (Object.hasOwn(value, '#text')) return value['#text'];
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => name.startsWith('@')) ? null : value;
}

const deepest = 8;

/** All paths that hold something other than an object; an array is one value. */
export function collectPaths(record: ValueObject, into: Set<string>): void {
  collectFrom(record, { prefix: '', depth: 0, into });
}

function collectFrom(
  value: ValueObject,
  { prefix, depth, into }: { prefix: string; depth: number; into: Set<string> },
): void {
  for (const [key, child] of Object.entries(value)) {
    const path = key === '#text' && prefix !== '' ? prefix.slice(0, -1) : prefix + key;
    const goesDeeper = isValueObject(child) && Object.keys(child).length > 0 && depth < deepest;
    if (goesDeeper) collectFrom(child, { prefix: `${path}.`, depth: depth + 1, into });
    else into.add(path);
  }
}
