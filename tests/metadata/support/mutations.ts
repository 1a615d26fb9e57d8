/** Every way to spoil a document in one place: the same list on every machine. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];

export interface Mutation {
  /** What was done and where, to read in a failing test. */
  readonly name: string;
  readonly document: Json;
}

/** Values of every kind, some of which a place may well take. */
const otherValues: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'x',
  'a.b',
  '2026-01-31',
  'https://example.com/x',
  [],
  [1],
  ['a.b'],
  [1, 2],
  [3, 3],
  {},
  { a: 1 },
];

export function* mutationsOf(document: Json, extraKeys: Readonly<Record<string, Json>>): Generator<Mutation> {
  for (const path of pathsOf(document)) {
    const place = path.join('.') || '(root)';
    if (path.length > 0) {
      yield { name: `delete ${place}`, document: changed(document, path, undefined) };
      if (typeof path.at(-1) === 'string')
        yield { name: `rename ${place}`, document: renamed(document, path) };
    }
    for (const value of otherValues)
      yield { name: `${place} := ${JSON.stringify(value)}`, document: changed(document, path, value) };
    const here = valueAt(document, path);
    if (!isMap(here)) continue;
    for (const [key, value] of Object.entries(extraKeys))
      if (!Object.hasOwn(here, key))
        yield { name: `add ${place}.${key}`, document: changed(document, [...path, key], value) };
  }
}

export function* pathsOf(value: Json, path: Path = []): Generator<Path> {
  yield path;
  if (Array.isArray(value))
    for (const [index, inner] of value.entries()) yield* pathsOf(inner, [...path, index]);
  else if (isMap(value))
    for (const [key, inner] of Object.entries(value)) yield* pathsOf(inner, [...path, key]);
}

export const valueAt = (document: Json, path: Path): Json =>
  path.reduce<Json>((value, name) => (value as Record<string | number, Json>)[name] ?? null, document);

/** A copy in which only the way to the place is new; `undefined` takes the place away. */
export function changed(document: Json, path: Path, value: Json | undefined): Json {
  const [name, ...rest] = path;
  if (name === undefined) return value ?? null;
  const inner = rest.length === 0 ? value : changed(valueAt(document, [name]), rest, value);
  if (Array.isArray(document))
    return document.flatMap((old, index) => (index !== name ? [old] : inner === undefined ? [] : [inner]));
  const { [name]: _, ...others } = document as Record<string, Json>;
  return inner === undefined ? others : { ...(document as Record<string, Json>), [name]: inner };
}

function renamed(document: Json, path: Path): Json {
  const name = String(path.at(-1));
  const holder = path.slice(0, -1);
  const copy = changed(document, path, undefined);
  return changed(copy, [...holder, `${name.slice(0, -1)}`], valueAt(document, path));
}

const isMap = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A small generator of numbers below `limit` that gives the same row for the same seed. */
export function seeded(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
