import type { Json } from './json.ts';

/**
 * One spelling for one value: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript prints
 * them (RFC 8785). Hashes and fingerprints are taken of this text, so two requests that mean the same
 * have the same fingerprint whatever the order in which their keys were written.
 *
 * Properties that are `undefined` are left out, as in JSON.stringify. NaN and infinities throw: they have no
 * JSON spelling, and `null` in their place would be another value.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  return canonicalObject(value as { readonly [key: string]: Json | undefined });
}

function canonicalObject(value: { readonly [key: string]: Json | undefined }): string {
  let members = '';
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) continue;
    if (members !== '') members += ',';
    members += `${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
  return JSON.stringify(value);
}
