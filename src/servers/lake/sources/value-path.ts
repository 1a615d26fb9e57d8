import { isValueObject, type Value, type ValueObject } from './json-value.ts';

/** What a path leads to in one record where others have one value: which of them is meant nobody has said. */
export class SeveralValues {
  readonly values: readonly Value[];
  /** The path to the first of them. */
  readonly first: string;

  constructor(values: readonly Value[], first: string) {
    this.values = values;
    this.first = first;
  }
}

/** Several values as a list. */
export function valueAt(record: ValueObject, path: string): Value | undefined {
  const found = findAt(record, path);
  return found instanceof SeveralValues ? found.values : found;
}

/**
 * `dimensions.width`, `images.0`, `@id`. A key that holds dots itself is found as it stands, and the first of a list where there is no
 * list, but one value. A path that leaves out a number goes through all members of the list.
 */
export function findAt(record: ValueObject, path: string): Value | undefined | SeveralValues {
  if (Object.hasOwn(record, path)) return textOf(record[path]);
  const keys = path.split('.');
  let value: Value | undefined = record;
  for (const key of keys) {
    if (!isValueObject(value) || !Object.hasOwn(value, key)) return findAround(record, keys);
    value = value[key];
  }
  return textOf(value);
}

function findAround(record: ValueObject, keys: readonly string[]): Value | undefined | SeveralValues {
  const search = new Search(keys);
  search.walk(record, 0);
  return search.found.length > 1 ? new SeveralValues(search.found, search.first) : search.found[0];
}

const deepestLists = 32;

class Search {
  readonly found: Value[] = [];
  readonly #keys: readonly string[];
  /** How many keys were taken before the first list that the path goes through. */
  #list: number | undefined;
  #listsOpen = 0;

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  get first(): string {
    const at = this.#list ?? 0;
    return [...this.#keys.slice(0, at), '0', ...this.#keys.slice(at)].join('.');
  }

  walk(value: Value | undefined, taken: number): void {
    if (value === undefined || value === null) return;
    const key = this.#keys[taken];
    if (key === undefined) this.#keep(textOf(value));
    else if (Array.isArray(value)) this.#walkList(value as readonly Value[], taken, key);
    else if (!this.#walkMembers(value, taken) && key === '0') this.walk(value, taken + 1);
  }

  #keep(value: Value | undefined): void {
    if (value !== undefined && value !== null && value !== '') this.found.push(value);
  }

  #walkList(list: readonly Value[], taken: number, key: string): void {
    if (/^\d+$/.test(key)) {
      this.walk(list[Number(key)], taken + 1);
      return;
    }
    this.#list ??= taken;
    if (this.#listsOpen >= deepestLists) return;
    this.#listsOpen += 1;
    for (const member of list) this.walk(member, taken);
    this.#listsOpen -= 1;
  }

  /** @returns whether one of them is what the path names next */
  #walkMembers(value: Value, taken: number): boolean {
    if (!isValueObject(value)) return false;
    for (let end = taken + 1; end <= this.#keys.length; end += 1) {
      const key = this.#keys.slice(taken, end).join('.');
      if (!Object.hasOwn(value, key)) continue;
      this.walk(value[key], end);
      return true;
    }
    return false;
  }
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
