import { isJsonObject, type Json, type JsonObject } from '../../../domain/json.ts';
import { nameOf } from '../documents/element-name.ts';

/** The new value with its keys in the order of the old one: a difference of texts then shows what was changed and no more. */
export function inOrderOf(was: JsonObject, now: JsonObject): JsonObject {
  const keys = [...Object.keys(was).filter((key) => Object.hasOwn(now, key)), ...Object.keys(now)];
  return Object.fromEntries([...new Set(keys)].map((key) => [key, ordered(own(was, key), own(now, key))]));
}

function ordered(was: Json | undefined, now: Json | undefined): Json | undefined {
  if (Array.isArray(was) && Array.isArray(now))
    return now.map((value, index) => ordered(partner(was, value, index), value) ?? null);
  return isJsonObject(was) && isJsonObject(now) ? inOrderOf(was, now) : now;
}

/** The element of the same name, else of the same place. */
function partner(was: readonly Json[], value: Json, index: number): Json | undefined {
  const name = nameOf(value);
  return name === undefined ? was[index] : was.find((element) => nameOf(element) === name);
}

const own = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;
