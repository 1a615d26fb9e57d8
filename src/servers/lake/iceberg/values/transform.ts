import { IcebergError } from '../iceberg-error.ts';
import { type PrimitiveKind, primitiveParts } from '../schema/primitive-type.ts';
import { type IcebergType, isPrimitive } from '../schema/types.ts';
import { eightBytes, minimalBytes, uuidBytes } from './binary-value.ts';
import { civilOfDays } from './civil-date.ts';
import { murmur3 } from './murmur3.ts';
import { microsOfDay } from './parse-value.ts';
import { isMicros, type Value } from './value.ts';

export type TransformKind = 'identity' | 'bucket' | 'truncate' | 'year' | 'month' | 'day' | 'hour' | 'void';

/** How a column becomes a partition. */
export interface Transform {
  readonly kind: TransformKind;
  /** Buckets, or the width of a truncation; 0 for the others. */
  readonly width: number;
}

/** @throws IcebergError UNSUPPORTED for a transform that is not known: its partitions could not be told apart. */
export function parseTransform(text: string): Transform {
  const match = /^(bucket|truncate)\[(\d+)\]$/.exec(text);
  if (match && Number(match[2]) > 0) {
    return { kind: match[1] === 'bucket' ? 'bucket' : 'truncate', width: Number(match[2]) };
  }
  const kind = plainKinds.find((plain) => plain === text);
  if (kind) return { kind, width: 0 };
  throw new IcebergError('UNSUPPORTED', `"${text}" is no transform that is known here.`, {
    hint: `known are ${plainKinds.join(', ')}, bucket[n] and truncate[width].`,
  });
}

const plainKinds = ['identity', 'year', 'month', 'day', 'hour', 'void'] as const;

const integerKinds: readonly PrimitiveKind[] = ['int', 'long'];
const dateKinds: readonly PrimitiveKind[] = ['date', 'timestamp', 'timestamptz'];
const sources: Readonly<Record<TransformKind, readonly PrimitiveKind[] | 'any'>> = {
  identity: 'any',
  void: 'any',
  bucket: [...integerKinds, ...dateKinds, 'decimal', 'time', 'string', 'uuid', 'binary', 'fixed'],
  truncate: [...integerKinds, 'decimal', 'string', 'binary'],
  year: dateKinds,
  month: dateKinds,
  day: dateKinds,
  hour: ['timestamp', 'timestamptz'],
};

/** @throws IcebergError INVALID when the transform does not take the type. */
export function checkTransform(
  transform: Transform,
  { type, column }: { type: IcebergType; column: string },
): void {
  const allowed = sources[transform.kind];
  const fits = isPrimitive(type) && (allowed === 'any' || allowed.includes(primitiveParts(type).kind));
  if (fits) return;
  const name = isPrimitive(type) ? type : type.type;
  throw new IcebergError(
    'INVALID',
    `"${column}" of the type ${name} cannot be partitioned by ${transform.kind}.`,
    { hint: `${transform.kind} takes ${listed(allowed)}; ${usableFor(type)}.` },
  );
}

function listed(allowed: readonly PrimitiveKind[] | 'any'): string {
  return allowed === 'any' ? 'columns without parts' : `columns of ${allowed.join(', ')}`;
}

function usableFor(type: IcebergType): string {
  if (!isPrimitive(type)) return 'a column with parts is not partitioned by';
  const { kind } = primitiveParts(type);
  const fitting = Object.entries(sources).filter(
    ([, allowed]) => allowed !== 'any' && allowed.includes(kind),
  );
  return `this one can be partitioned by ${['identity', ...fitting.map(([name]) => name)].join(', ')}`;
}

/** The type of the partition's value. */
export function transformedType(transform: Transform, sourceType: string): string {
  if (transform.kind === 'day') return 'date';
  return ['identity', 'truncate', 'void'].includes(transform.kind) ? sourceType : 'int';
}

/** The partition's value. Null stays null. */
export function applyTransform(transform: Transform, source: { type: string; value: Value }): Value | null {
  const { kind, width } = transform;
  if (kind === 'void') return null;
  if (kind === 'identity') return source.value;
  if (kind === 'bucket') return (murmur3(hashedBytes(source)) & 0x7fffffff) % width;
  if (kind === 'truncate') return truncated(source.value, width);
  return periodOf(kind, { micros: microsOf(source) });
}

/** Whether equal order of values is equal order of partitions, so that `<` can be asked of them. */
export function keepsOrder(transform: Transform): boolean {
  return transform.kind !== 'bucket' && transform.kind !== 'void';
}

function hashedBytes({ type, value }: { type: string; value: Value }): Uint8Array {
  const { kind } = primitiveParts(type);
  if (kind === 'decimal' && typeof value === 'bigint') return minimalBytes(value);
  if (typeof value === 'number' || typeof value === 'bigint') return eightBytes(BigInt(value));
  if (typeof value === 'string') return kind === 'uuid' ? uuidBytes(value) : Buffer.from(value);
  return value instanceof Uint8Array ? value : Buffer.from([value ? 1 : 0]);
}

function truncated(value: Value, width: number): Value {
  if (typeof value === 'string') return [...value].slice(0, width).join('');
  if (value instanceof Uint8Array) return value.slice(0, width);
  if (typeof value === 'bigint') {
    const step = BigInt(width);
    return value - (((value % step) + step) % step);
  }
  return typeof value === 'number' ? value - (((value % width) + width) % width) : value;
}

function microsOf({ type, value }: { type: string; value: Value }): bigint {
  return isMicros(primitiveParts(type).kind)
    ? BigInt(value as bigint)
    : BigInt(value as number) * microsOfDay;
}

function periodOf(kind: TransformKind, { micros }: { micros: bigint }): number {
  if (kind === 'hour') return Number(floorDivide(micros, 3_600_000_000n));
  const days = Number(floorDivide(micros, microsOfDay));
  if (kind === 'day') return days;
  const { year, month } = civilOfDays(days);
  return kind === 'year' ? year - 1970 : (year - 1970) * 12 + month - 1;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
