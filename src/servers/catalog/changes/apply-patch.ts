import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../../domain/json.ts';
import { nameOf } from '../documents/element-name.ts';
import { Refusal } from '../refusal.ts';

const path = z
  .string()
  .max(1000)
  .describe(
    '/schema/0/properties/price/physicalType: names and numbers; in a list also the name of an element, and - for its end',
  );

/** JSON Patch (RFC 6902) with one addition: an element of a list may be called by its name. */
export const patchSchema = z
  .array(
    z.discriminatedUnion('op', [
      z.strictObject({ op: z.enum(['add', 'replace']), path, value: z.json() }),
      z.strictObject({ op: z.literal('remove'), path }),
    ]),
  )
  .min(1)
  .max(200);
export type Patch = z.infer<typeof patchSchema>;
type Operation = Patch[number];

/** The document with the changes in it; the one that was given stays. Throws Refusal when a place is not there. */
export function applyPatch(document: JsonObject, patch: Patch): JsonObject {
  const copy: JsonObject = structuredClone(document);
  for (const operation of patch) apply(copy, operation);
  return copy;
}

function apply(document: JsonObject, operation: Operation): void {
  const parts = partsOf(operation.path);
  const last = parts.pop();
  if (last === undefined) throw misplaced(operation, 'the whole document is not changed by a patch');
  let holder: Json = document;
  for (const part of parts) {
    const next: Json | undefined = memberOf(holder, part);
    if (next === undefined) throw misplaced(operation, `there is no "${part}"`);
    holder = next;
  }
  if (Array.isArray(holder)) editList(holder, last, operation);
  else if (isJsonObject(holder)) editObject(holder, last, operation);
  else throw misplaced(operation, `"${parts.at(-1) ?? ''}" is neither a list nor an object`);
}

function partsOf(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/'))
    throw new Refusal(`The path "${pointer}" does not begin with /.`, 'Write /version.');
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function memberOf(holder: Json, part: string): Json | undefined {
  if (Array.isArray(holder)) return holder[placeIn(holder, part)];
  return isJsonObject(holder) && Object.hasOwn(holder, part) ? holder[part] : undefined;
}

/** -1 when nothing has this place or name. Two elements of one name are none: a guess would change the wrong one. */
function placeIn(list: readonly Json[], part: string): number {
  if (/^(0|[1-9]\d*)$/.test(part)) return Number(part) < list.length ? Number(part) : -1;
  const named = list.flatMap((element, index) => (nameOf(element) === part ? [index] : []));
  return named.length === 1 ? (named[0] ?? -1) : -1;
}

function editList(list: Json[], last: string, operation: Operation): void {
  if (operation.op === 'add' && (last === '-' || last === String(list.length))) {
    list.push(operation.value);
    return;
  }
  const place = placeIn(list, last);
  if (place < 0) throw misplaced(operation, `the list has no single element "${last}"`);
  if (operation.op === 'remove') list.splice(place, 1);
  else list.splice(place, operation.op === 'add' ? 0 : 1, operation.value);
}

function editObject(object: { [key: string]: Json | undefined }, last: string, operation: Operation): void {
  if (operation.op !== 'add' && !Object.hasOwn(object, last))
    throw misplaced(operation, `there is no "${last}"`);
  if (operation.op === 'remove') delete object[last];
  // As data: `__proto__` in a model's path is a key like any other.
  else
    Object.defineProperty(object, last, {
      value: operation.value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function misplaced(operation: Operation, why: string): Refusal {
  return new Refusal(
    `${operation.op} ${operation.path}: ${why}.`,
    'Read the document with get_document, or give the whole new document.',
  );
}
