import { LakeFailure } from '../lake-failure.ts';
import { isNode } from './syntax-tree.ts';

/**
 * JSON of a syntax tree, with numbers as they are written: 63 bits of a snapshot's id, or the digits of a literal, would
 * become another number in a double. Such a number is kept as its text, and is written as that text again.
 */
export function parseTree(json: string): unknown {
  return JSON.parse(withoutInfinity(json), (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && context.source !== String(value)
      ? rawJson(context.source)
      : value,
  );
}

/**
 * @throws LakeFailure for a tree with a number that no DOUBLE can hold: DuckDB writes such trees and does not read them.
 */
export function printTree(tree: unknown): string {
  const json = JSON.stringify(tree);
  if (/"value":-?1e999\b/.test(json))
    throw new LakeFailure(
      'A number of the SQL is larger than any DOUBLE, and the SQL is read at a moment of the past.',
      "write 'inf'::DOUBLE for it.",
    );
  return json;
}

/** DuckDB writes the literal 1e400 as `Infinity`, which is no JSON. A quote within a text of the tree has a backslash before it. */
function withoutInfinity(json: string): string {
  return json.replaceAll(/("value":-?)Infinity(?=[,}\]])/g, '$11e999');
}

/** The digits of a number of a tree; undefined for anything else. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  const raw = isNode(value) ? value['rawJSON'] : undefined;
  return typeof raw === 'string' ? raw : undefined;
}

// Part of the language since 2025; the library of types does not know it yet.
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };
