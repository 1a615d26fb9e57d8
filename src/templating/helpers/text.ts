import { createRequire } from 'node:module';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Json } from '../../domain/json.ts';
import { formatDate } from './date.ts';
import { type Helper, HelperFailure, kindOf } from './helper.ts';

/** Helpers that write a value as text. */
export const textHelpers: Readonly<Record<string, Helper>> = {
  json: {
    usage: 'json value indent=2',
    minArguments: 1,
    maxArguments: 1,
    options: ['indent'],
    apply: ([value = null], { indent = 0 }) => {
      if (indent === 0) return canonicalJson(value);
      if (typeof indent !== 'number' || !Number.isInteger(indent) || indent < 0 || indent > 8)
        throw new HelperFailure(`takes an indent from 0 to 8, not ${kindOf(indent)}`);
      return JSON.stringify(JSON.parse(canonicalJson(value)), null, indent);
    },
  },
  yaml: { usage: 'yaml value', minArguments: 1, maxArguments: 1, apply: ([value = null]) => toYaml(value) },
  truncate: {
    usage: 'truncate text length suffix="…"',
    minArguments: 2,
    maxArguments: 2,
    options: ['suffix'],
    apply: ([value = null, length = null], { suffix = '…' }) => {
      if (typeof length !== 'number' || !Number.isInteger(length) || length < 0)
        throw new HelperFailure(`takes a whole number of characters, not ${kindOf(length)}`);
      if (typeof suffix !== 'string')
        throw new HelperFailure(`takes a text as suffix, not ${kindOf(suffix)}`);
      return truncate(typeof value === 'string' ? value : canonicalJson(value), length, suffix);
    },
  },
  date: {
    usage: 'date value "YYYY-MM-DD"',
    minArguments: 1,
    maxArguments: 2,
    apply: ([value = null, format = 'YYYY-MM-DDTHH:mm:ss.SSSZ']) => {
      if (typeof format !== 'string')
        throw new HelperFailure(`takes a text as format, not ${kindOf(format)}`);
      return formatDate(value, format);
    },
  },
};

// The parser of YAML is a large module that most templates do not need.
function toYaml(value: Json): string {
  const { stringify } = createRequire(import.meta.url)('yaml') as typeof import('yaml');
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0, sortMapEntries: true }).trimEnd();
}

// Counted in code points: cutting by UTF-16 units could leave half a character, which no provider accepts.
function truncate(text: string, length: number, suffix: string): string {
  if (text.length <= length) return text;
  const characters = [...text];
  return characters.length <= length ? text : characters.slice(0, length).join('') + suffix;
}
