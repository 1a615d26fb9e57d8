/*
 * Snapshot ids of other writers do not fit into a JavaScript number. They are texts in memory and numbers in the file;
 * all other numbers stay as they are.
 */

const snapshotIdKeys = new Set(['snapshot-id', 'parent-snapshot-id', 'current-snapshot-id']);

export function parseMetadataJson(text: string): unknown {
  return parseWithSource(text, (key, value, context) =>
    snapshotIdKeys.has(key) && typeof value === 'number' ? (context?.source ?? String(value)) : value,
  );
}

export function printMetadataJson(metadata: unknown): string {
  return JSON.stringify(metadata, (key, value: unknown) =>
    snapshotIdKeys.has(key) && typeof value === 'string' ? rawJson(value) : value,
  );
}

// Both are in Node since version 22 and not in TypeScript's library yet.
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
