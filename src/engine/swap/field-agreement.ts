import { isJsonObject, type Json } from '../../domain/json.ts';
import { jsonDifferences } from '../../domain/json-difference.ts';

/** A field of the answers over all of them: `files`, `*`, `name` with slashes between is the name in every element of a list. '' is the whole answer. */
export interface FieldAgreement {
  readonly field: string;
  readonly equal: number;
  /** Values of the field, on either side. */
  readonly values: number;
  readonly share: number;
  /** No rule looks at it. */
  readonly ignored: boolean;
  /** The first values that differ. */
  readonly example?: FieldExample;
}

export interface FieldExample {
  readonly original: string;
  readonly path: string;
  readonly was: Json;
  readonly now: Json;
}

/** Two answers of the same case. */
export interface AnswerPair {
  readonly original: string;
  readonly path: string;
  readonly was: Json;
  readonly now: Json;
}

interface Count {
  equal: number;
  values: number;
  example?: FieldExample;
}

/** Elements of lists are matched before they are compared. Worst first. */
export function fieldAgreement(
  pairs: readonly AnswerPair[],
  ignored: readonly string[] = [],
): FieldAgreement[] {
  const counts = new Map<string, Count>();
  for (const pair of pairs) countPair(pair, counts);
  const fields = [...counts].map(([field, { equal, values, example }]) => ({
    field,
    equal,
    values,
    share: values === 0 ? 1 : equal / values,
    ignored: ignored.some((one) => field === one || field.startsWith(`${one}/`)),
    ...(example && { example }),
  }));
  return fields.sort((a, b) => a.share - b.share || (a.field < b.field ? -1 : 1));
}

function countPair({ original, path, was, now }: AnswerPair, counts: Map<string, Count>): void {
  const countOf = (field: string): Count => {
    const count = counts.get(field) ?? { equal: 0, values: 0 };
    counts.set(field, count);
    return count;
  };
  for (const [field, leaves] of leavesOf(now, '')) {
    const count = countOf(field);
    count.equal += leaves;
    count.values += leaves;
  }
  for (const difference of jsonDifferences(was, now)) {
    const at = fieldOf(difference.pointer, now);
    const gone = difference.was === undefined ? new Map<string, number>() : leavesOf(difference.was, at);
    const come = difference.now === undefined ? new Map<string, number>() : leavesOf(difference.now, at);
    for (const field of new Set([...gone.keys(), ...come.keys()])) {
      const [before, after] = [gone.get(field) ?? 0, come.get(field) ?? 0];
      const count = countOf(field);
      count.equal -= after;
      count.values += Math.max(before, after) - after;
      count.example ??= { original, path, was: difference.was ?? null, now: difference.now ?? null };
    }
  }
}

/** How many values each field of it has. Empty lists and objects are values. */
function leavesOf(value: Json, field: string, found = new Map<string, number>()): Map<string, number> {
  const parts = partsOf(value);
  if (parts.length === 0) found.set(field, (found.get(field) ?? 0) + 1);
  for (const [name, part] of parts) leavesOf(part, `${field}/${name}`, found);
  return found;
}

function partsOf(value: Json): [string, Json][] {
  if (Array.isArray(value)) return (value as readonly Json[]).map((part) => ['*', part]);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, part]) => (part === undefined ? [] : [[escaped(name), part]]));
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const unescaped = (name: string): string => name.replaceAll('~1', '/').replaceAll('~0', '~');

/** The name of an element is any name in its list. What holds a difference is on both sides, so the new answer knows the way. */
function fieldOf(pointer: string, now: Json): string {
  let holder: Json | undefined = now;
  let field = '';
  for (const name of pointer.split('/').slice(1)) {
    const isList: boolean = Array.isArray(holder);
    field += isList ? '/*' : `/${name}`;
    holder = memberOf(holder, unescaped(name));
  }
  return field;
}

function memberOf(holder: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(holder)) return (holder as readonly Json[])[Number(name)];
  return isJsonObject(holder) && Object.hasOwn(holder, name) ? holder[name] : undefined;
}
