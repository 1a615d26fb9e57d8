import { isJsonObject, type Json } from '../../../domain/json.ts';

/** What an element of a list goes by: a column, a rule, a custom property. Undefined for one that has no name. */
export function nameOf(element: Json): string | undefined {
  if (!isJsonObject(element)) return undefined;
  const key = ['name', 'property', 'column', 'id'].find((one) => Object.hasOwn(element, one));
  const name = key === undefined ? undefined : element[key];
  return typeof name === 'string' ? name : undefined;
}
