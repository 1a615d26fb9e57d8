import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Change } from './change.ts';

interface WordsOnly {
  readonly path: string;
  /** Fields that are compared elsewhere. */
  readonly but: readonly string[];
}

/** Fields that only describe the data: none of them changes what is read. */
export function wordsOnly(was: object, now: object, { path, but }: WordsOnly): Change[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter(
    (name) => !but.includes(name),
  );
  return names
    .filter((name) => !isSame(fieldOf(was, name), fieldOf(now, name)))
    .map((name) => ({
      kind: 'documentation',
      path: path === '' ? name : `${path}.${name}`,
      words: wordsFor(name, { was: fieldOf(was, name), now: fieldOf(now, name) }),
    }));
}

export const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (a !== undefined && b !== undefined && canonicalJson(a as Json) === canonicalJson(b as Json));

const fieldOf = (holder: object, name: string): Json | undefined => (holder as JsonObject)[name];

function wordsFor(
  name: string,
  { was, now }: { readonly was: Json | undefined; readonly now: Json | undefined },
): string {
  if (was === undefined) return `${name} is new`;
  if (now === undefined) return `${name} is gone`;
  const short = [was, now].every((value) => typeof value !== 'object' && String(value).length <= 40);
  return short
    ? `${name} was ${JSON.stringify(was)} and is ${JSON.stringify(now)}`
    : `${name} is written otherwise`;
}
