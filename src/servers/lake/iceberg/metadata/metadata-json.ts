/*
 * Snapshot ids of other writers do not fit into a JavaScript number. They are texts in memory and numbers in the file.
 * Quotes within texts are escaped in JSON, so these patterns find keys and nothing else; a reviver that is called for
 * every value takes three times as long, with each commit, at a thousand snapshots.
 */

const asNumber = /(?<!\\)"((?:parent-|current-)?snapshot-id)"(\s*:\s*)(-?\d+)/g;
const asText = /(?<!\\)"((?:parent-|current-)?snapshot-id)":"(-?\d+)"/g;

/** @throws SyntaxError */
export function parseMetadataJson(text: string): unknown {
  return JSON.parse(text.replace(asNumber, '"$1"$2"$3"'));
}

export function printMetadataJson(metadata: unknown): string {
  return JSON.stringify(metadata).replace(asText, '"$1":$2');
}
