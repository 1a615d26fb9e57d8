import { isNode } from './syntax-tree.ts';

/**
 * JSON of a syntax tree, with numbers as they are written: 63 bits of a snapshot's id, or the digits of a literal, would
 * become another number in a double. Such a number is kept as its text, and is written as that text again.
 */
export function parseTree(json: string): unknown {
  return JSON.parse(json, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && context.source !== String(value)
      ? rawJson(context.source)
      : value,
  );
}

export function printTree(tree: unknown): string {
  return JSON.stringify(tree);
}

/** The digits of a number of a tree; undefined for anything else. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  const raw = isNode(value) ? value['rawJSON'] : undefined;
  return typeof raw === 'string' ? raw : undefined;
}

// Part of the language since 2025; the library of types does not know it yet.
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };
