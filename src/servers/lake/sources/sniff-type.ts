/** What a text looks like, before anybody has said what it is. */
export type SniffedKind =
  | 'integer'
  | 'code'
  | 'decimal'
  | 'decimal_comma'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'local_date'
  | 'json'
  | 'text';

const kinds: readonly (readonly [RegExp, SniffedKind])[] = [
  // 0012 and 13-digit GTINs are codes: as numbers they would lose their zeros or their meaning.
  [/^0\d+$/, 'code'],
  [/^\d{8}$|^\d{12,14}$/, 'code'],
  [/^[+-]?\d{1,18}$/, 'integer'],
  [/^[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?$/, 'decimal'],
  [/^[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+$/, 'decimal_comma'],
  [/^(true|false|yes|no)$/i, 'boolean'],
  [/^\d{4}-\d{2}-\d{2}$/, 'date'],
  [/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/, 'timestamp'],
  [/^\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})$|^\d{4}\/\d{1,2}\/\d{1,2}$/, 'local_date'],
  [/^[[{]["[{\]}\d\s-]/, 'json'],
];

export function sniffValue(value: string): SniffedKind {
  return kinds.find(([pattern]) => pattern.test(value))?.[1] ?? 'text';
}

/** Texts that vendors write for "nothing". */
const nullMarkers = new Set([
  'n/a',
  'na',
  'n.a.',
  'null',
  'none',
  'nil',
  '-',
  '--',
  '?',
  '#n/a',
  'unknown',
  'k.a.',
  '\\n',
]);

export function isNullMarker(value: string): boolean {
  return nullMarkers.has(value.toLowerCase());
}

export interface SniffedColumn {
  /** A type that create_table takes. */
  readonly type: string;
  readonly kinds: ReadonlyMap<SniffedKind, number>;
  /** The spellings of "nothing" that were met. */
  readonly nullMarkers: readonly string[];
}

/** A type that holds all the values; VARCHAR when they disagree. */
export function sniffColumn(values: readonly string[]): SniffedColumn {
  const markers = new Set<string>();
  const found = new Map<SniffedKind, number>();
  let scale = 0;
  let largest = 0;
  for (const value of values) {
    if (isNullMarker(value)) {
      markers.add(value);
      continue;
    }
    const kind = sniffValue(value);
    found.set(kind, (found.get(kind) ?? 0) + 1);
    if (kind === 'integer') largest = Math.max(largest, Math.abs(Number(value)));
    scale = Math.max(scale, digitsAfter(value, kind));
  }
  return { type: typeOf(found, scale, largest), kinds: found, nullMarkers: [...markers].sort() };
}

function digitsAfter(value: string, kind: SniffedKind): number {
  if (kind === 'decimal') return /e/i.test(value) ? 99 : value.length - 1 - value.indexOf('.');
  return kind === 'decimal_comma' ? value.length - 1 - value.lastIndexOf(',') : 0;
}

function typeOf(found: ReadonlyMap<SniffedKind, number>, scale: number, largest: number): string {
  const only = (...allowed: SniffedKind[]): boolean =>
    [...found.keys()].every((kind) => allowed.includes(kind));
  if (found.size === 0) return 'VARCHAR';
  if (only('integer')) return largest > 2_147_483_647 ? 'BIGINT' : 'INTEGER';
  if (only('integer', 'decimal', 'decimal_comma'))
    return scale > 6 ? 'DOUBLE' : `DECIMAL(18,${Math.max(scale, 2)})`;
  if (only('boolean')) return 'BOOLEAN';
  if (only('date', 'local_date')) return 'DATE';
  if (only('date', 'timestamp')) return 'TIMESTAMP';
  return only('json') ? 'JSON' : 'VARCHAR';
}
