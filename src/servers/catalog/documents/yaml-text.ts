import { stringify } from 'yaml';
import type { JsonObject } from '../../../domain/json.ts';

/** A document as YAML, the same for the same value: what is written when there is no text yet, and what texts are compared by. */
export const yamlText = (value: JsonObject): string =>
  stringify(value, { lineWidth: 120, aliasDuplicateObjects: false });
