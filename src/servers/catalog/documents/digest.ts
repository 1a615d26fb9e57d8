import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import type { Json } from '../../../domain/json.ts';

/** Of what a value says, whatever the order of its keys: 12 hex digits of SHA-256. */
export const digestOf = (value: Json): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
