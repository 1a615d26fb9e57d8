import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { type JsonDifference, jsonDifferences } from '../../domain/json-difference.ts';

export interface RowDifferences {
  readonly onlyA: number;
  readonly onlyB: number;
  readonly changed: number;
  /** The first few of each kind. */
  readonly examples: readonly RowExample[];
}

export interface RowExample {
  readonly kind: 'only-a' | 'only-b' | 'changed';
  /** The row's key; without a declared one the whole row. */
  readonly row: Json;
  readonly differences: readonly JsonDifference[];
}

const examplesOfAKind = 3;

/**
 * Row by row: those with the same key belong together. Without a key a row that is not the same in all columns is
 * another row, and equal rows are counted.
 */
export function compareRows(
  a: readonly JsonObject[],
  b: readonly JsonObject[],
  key: readonly string[],
): RowDifferences {
  const nameOf = (row: JsonObject): Json =>
    key.length === 0 ? row : Object.fromEntries(key.map((column) => [column, row[column] ?? null]));
  const [rowsA, rowsB] = [byName(a, nameOf), byName(b, nameOf)];
  const names = new Set([...rowsA.keys(), ...rowsB.keys()]);
  return summed(
    [...names].flatMap((name) => pairsOf(rowsA.get(name) ?? [], rowsB.get(name) ?? []).flatMap(exampleOf)),
  );

  function exampleOf({ one, other }: RowPair): RowExample[] {
    const row = nameOf(one ?? other ?? {});
    if (!other) return [{ kind: 'only-a', row, differences: [] }];
    if (!one) return [{ kind: 'only-b', row, differences: [] }];
    const differences = jsonDifferences(one, other);
    return differences.length === 0 ? [] : [{ kind: 'changed', row, differences }];
  }
}

interface RowPair {
  readonly one: JsonObject | undefined;
  readonly other: JsonObject | undefined;
}

const pairsOf = (rows: readonly JsonObject[], others: readonly JsonObject[]): RowPair[] =>
  Array.from({ length: Math.max(rows.length, others.length) }, (_, index) => ({
    one: rows[index],
    other: others[index],
  }));

const byName = (rows: readonly JsonObject[], nameOf: (row: JsonObject) => Json): Map<string, JsonObject[]> =>
  Map.groupBy(rows, (row) => canonicalJson(nameOf(row)));

function summed(found: readonly RowExample[]): RowDifferences {
  const of = (kind: RowExample['kind']) => found.filter((one) => one.kind === kind);
  const [onlyA, onlyB, changed] = [of('only-a'), of('only-b'), of('changed')];
  return {
    onlyA: onlyA.length,
    onlyB: onlyB.length,
    changed: changed.length,
    examples: [changed, onlyA, onlyB].flatMap((kind) => kind.slice(0, examplesOfAKind)),
  };
}
