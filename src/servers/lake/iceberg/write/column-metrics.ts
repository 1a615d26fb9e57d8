import type { DataFile } from '../avro/data-file.ts';
import { quoteName } from '../quote.ts';
import { primitiveParts } from '../schema/primitive-type.ts';
import { type IcebergType, isPrimitive, type Schema } from '../schema/types.ts';
import { encodeValue } from '../values/binary-value.ts';
import { parseValue } from '../values/parse-value.ts';
import type { Value } from '../values/value.ts';

/** Texts as DuckDB gives them: num_values, null_count, min, max, has_nan, column_size_bytes. */
export type StatisticsOfColumn = Readonly<Record<string, string>>;

/** A column of the Parquet file. */
export interface Leaf {
  readonly id: number;
  readonly type: string;
  /** In a list or a map: it has many values for one row, and no bounds. */
  readonly isRepeated: boolean;
  /** `"size"."width"`, as DuckDB names it. */
  readonly quotedPath: string;
}

export type ColumnMetrics = Pick<
  DataFile,
  'columnSizes' | 'valueCounts' | 'nullCounts' | 'nanCounts' | 'lowerBounds' | 'upperBounds'
>;

export function leavesOf(schema: Schema): readonly Leaf[] {
  return schema.fields.flatMap((field) =>
    leaves(field.type, { id: field.id, quotedPath: quoteName(field.name), isRepeated: false }),
  );
}

export function columnMetrics(
  columns: readonly Leaf[],
  found: { statistics: ReadonlyMap<string, StatisticsOfColumn>; nans: ReadonlyMap<string, number> },
): ColumnMetrics {
  const sizes = new Map<number, number>();
  const counts = {
    values: new Map<number, number>(),
    nulls: new Map<number, number>(),
    nans: new Map<number, number>(),
  };
  const bounds = { lower: new Map<number, Uint8Array>(), upper: new Map<number, Uint8Array>() };
  for (const leaf of columns) {
    const statistics = found.statistics.get(leaf.quotedPath);
    if (!statistics) continue;
    setNumber(sizes, leaf.id, statistics['column_size_bytes']);
    if (leaf.isRepeated) continue;
    setNumber(counts.values, leaf.id, statistics['num_values']);
    setNumber(counts.nulls, leaf.id, statistics['null_count']);
    const nans = statistics['has_nan'] === 'false' ? 0 : found.nans.get(leaf.quotedPath);
    if (nans !== undefined) counts.nans.set(leaf.id, nans);
    setBounds(bounds, { leaf, statistics });
  }
  return {
    columnSizes: sizes,
    valueCounts: counts.values,
    nullCounts: counts.nulls,
    nanCounts: counts.nans,
    lowerBounds: bounds.lower,
    upperBounds: bounds.upper,
  };
}

function leaves(type: IcebergType, at: Omit<Leaf, 'type'>): readonly Leaf[] {
  if (isPrimitive(type)) return [{ ...at, type }];
  const below = (id: number, name: string, isRepeated: boolean) => ({
    id,
    isRepeated,
    quotedPath: `${at.quotedPath}.${quoteName(name)}`,
  });
  if (type.type === 'list') return leaves(type.element, below(type['element-id'], 'element', true));
  if (type.type === 'map') {
    const key = leaves(type.key, below(type['key-id'], 'key', true));
    return [...key, ...leaves(type.value, below(type['value-id'], 'value', true))];
  }
  return type.fields.flatMap((field) => leaves(field.type, below(field.id, field.name, at.isRepeated)));
}

function setNumber(map: Map<number, number>, id: number, text: string | undefined): void {
  if (text !== undefined) map.set(id, Number(text));
}

function setBounds(
  bounds: { lower: Map<number, Uint8Array>; upper: Map<number, Uint8Array> },
  { leaf, statistics }: { leaf: Leaf; statistics: StatisticsOfColumn },
): void {
  const { min, max } = statistics;
  if (min === undefined || max === undefined) return;
  const lower = shortLower(leaf.type, parseValue(leaf.type, min));
  const upper = shortUpper(leaf.type, parseValue(leaf.type, max));
  if (lower !== undefined) bounds.lower.set(leaf.id, encodeValue(leaf.type, lower));
  if (upper !== undefined) bounds.upper.set(leaf.id, encodeValue(leaf.type, upper));
}

/** Characters or bytes of a bound: enough to tell files apart, and long texts are not copied into each manifest. */
const boundLength = 16;

function shortLower(type: string, value: Value): Value {
  // -0 and 0 are equal; as bounds they are not, and -0 is the lower one.
  if (value === 0) return -0;
  if (isText(type, value)) return [...value].slice(0, boundLength).join('');
  return value instanceof Uint8Array ? value.slice(0, boundLength) : value;
}

/** A bound that is not below the value: what was cut off is made up for by a larger last character. */
function shortUpper(type: string, value: Value): Value | undefined {
  if (value === 0) return 0;
  if (isText(type, value)) return upperText([...value]);
  if (value instanceof Uint8Array && value.length > boundLength)
    return upperBytes(value.slice(0, boundLength));
  return value;
}

function isText(type: string, value: Value): value is string {
  return typeof value === 'string' && primitiveParts(type).kind === 'string';
}

function upperText(characters: readonly string[]): string | undefined {
  if (characters.length <= boundLength) return characters.join('');
  for (let length = boundLength; length > 0; length--) {
    const next = (characters[length - 1]?.codePointAt(0) ?? 0) + 1;
    // Surrogates are no characters, and behind the last one there is none.
    const larger = next >= 0xd800 && next <= 0xdfff ? 0xe000 : next;
    if (larger <= 0x10ffff) return characters.slice(0, length - 1).join('') + String.fromCodePoint(larger);
  }
  return undefined;
}

function upperBytes(bytes: Uint8Array): Uint8Array | undefined {
  for (let length = bytes.length; length > 0; length--) {
    const last = bytes[length - 1] ?? 0;
    if (last < 0xff) return Uint8Array.from([...bytes.slice(0, length - 1), last + 1]);
  }
  return undefined;
}
