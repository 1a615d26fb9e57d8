import { IcebergError } from '../iceberg-error.ts';

const plainTypes = [
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'string',
  'uuid',
  'binary',
] as const;

export type PrimitiveKind = (typeof plainTypes)[number] | 'decimal' | 'fixed';

export interface PrimitiveParts {
  readonly kind: PrimitiveKind;
  /** Of a decimal: all digits, and those behind the point. */
  readonly precision: number;
  readonly scale: number;
  /** Of a fixed: bytes. */
  readonly length: number;
}

/**
 * `decimal(10,2)` and `fixed[16]` taken apart.
 * @throws IcebergError UNSUPPORTED for a type that version 2 of the format does not have.
 */
export function primitiveParts(type: string): PrimitiveParts {
  const known = cache.get(type);
  if (known) return known;
  const parts = parsePrimitive(type);
  cache.set(type, parts);
  return parts;
}

// Asked for with every bound of every column of every file.
const cache = new Map<string, PrimitiveParts>();

function parsePrimitive(type: string): PrimitiveParts {
  const kind = plainTypes.find((plain) => plain === type);
  if (kind) return { kind, precision: 0, scale: 0, length: 0 };
  const decimal = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type);
  if (decimal) return decimalParts(type, { precision: Number(decimal[1]), scale: Number(decimal[2]) });
  const fixed = /^fixed\[(\d+)\]$/.exec(type);
  if (fixed) return { kind: 'fixed', precision: 0, scale: 0, length: Number(fixed[1]) };
  throw new IcebergError('UNSUPPORTED', `"${type}" is no type of an Iceberg table of version 2.`, {
    hint: `use one of ${plainTypes.join(', ')}, decimal(precision,scale), struct, list or map.`,
  });
}

function decimalParts(type: string, size: { precision: number; scale: number }): PrimitiveParts {
  if (size.precision < 1 || size.precision > 38 || size.scale > size.precision) {
    throw new IcebergError(
      'INVALID',
      `"${type}" is no decimal: it has 1 to 38 digits, the scale among them.`,
    );
  }
  return { kind: 'decimal', ...size, length: 0 };
}
