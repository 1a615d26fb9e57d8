import { IcebergError } from '../iceberg-error.ts';
import type { BoundPartition } from '../partition/spec.ts';
import { primitiveParts } from '../schema/primitive-type.ts';
import { signedBytes, signedOf, uuidBytes, uuidText } from '../values/binary-value.ts';
import { type Value, valueOfType } from '../values/value.ts';
import type { AvroField, AvroNode, AvroSchema } from './exact-longs.ts';
import { avroName } from './field-name.ts';

/** The values of a partition, in the order of its spec's fields. */
export type PartitionTuple = readonly (Value | null)[];

/** The record `r102` of a manifest's schema. */
export function partitionSchema(partitions: readonly BoundPartition[]): AvroNode {
  return {
    type: 'record',
    name: 'r102',
    fields: partitions.map(({ field, type }) => ({
      name: avroName(field.name),
      type: ['null', avroType(type, field['field-id'])],
      default: null,
      'field-id': field['field-id'],
    })),
  };
}

export function encodePartition(
  partitions: readonly BoundPartition[],
  tuple: PartitionTuple,
): Record<string, unknown> {
  return Object.fromEntries(
    partitions.map(({ field, type }, index) => {
      const value = tuple[index] ?? null;
      return [avroName(field.name), value === null ? null : encodeAvroValue(type, value)];
    }),
  );
}

/** Reads a partition record by the ids of its fields, whatever their names were when it was written. */
export function partitionDecoder(
  fields: readonly AvroField[],
  partitions: readonly BoundPartition[],
): (record: Record<string, unknown>) => PartitionTuple {
  const names = partitions.map(({ field }) => {
    const found = fields.find((candidate) => candidate['field-id'] === field['field-id']);
    if (!found)
      throw new IcebergError('DAMAGED', `A manifest has no values of the partition field "${field.name}".`);
    return found.name;
  });
  return (record) =>
    partitions.map(({ type }, index) => {
      const raw = record[names[index] ?? ''];
      return raw === null || raw === undefined ? null : decodeAvroValue(type, raw);
    });
}

function avroType(type: string, fieldId: number): AvroSchema {
  const { kind, precision, scale, length } = primitiveParts(type);
  switch (kind) {
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'time':
      return { type: 'long', logicalType: 'time-micros' };
    case 'timestamp':
    case 'timestamptz':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': kind === 'timestamptz' };
    case 'uuid':
      return { type: 'fixed', name: `uuid_${fieldId}`, size: 16, logicalType: 'uuid' };
    case 'decimal': {
      const size = decimalBytes(precision);
      return { type: 'fixed', name: `decimal_${fieldId}`, size, logicalType: 'decimal', precision, scale };
    }
    case 'binary':
      return 'bytes';
    case 'fixed':
      return { type: 'fixed', name: `fixed_${fieldId}`, size: length };
    default:
      return kind;
  }
}

/** Bytes that hold any decimal of so many digits with its sign. */
function decimalBytes(precision: number): number {
  const largest = 10n ** BigInt(precision) - 1n;
  let size = 1;
  while (BigInt.asIntN(size * 8, largest) !== largest) size++;
  return size;
}

function encodeAvroValue(type: string, value: Value): unknown {
  const { kind, precision } = primitiveParts(type);
  if (kind === 'decimal' && typeof value === 'bigint') return signedBytes(value, decimalBytes(precision));
  if (kind === 'uuid' && typeof value === 'string') return uuidBytes(value);
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

function decodeAvroValue(type: string, raw: unknown): Value {
  const { kind } = primitiveParts(type);
  if (raw instanceof Uint8Array) {
    if (kind === 'decimal') return signedOf(raw);
    return kind === 'uuid' ? uuidText(raw) : raw;
  }
  if (
    typeof raw === 'boolean' ||
    typeof raw === 'number' ||
    typeof raw === 'bigint' ||
    typeof raw === 'string'
  ) {
    return valueOfType(type, raw);
  }
  throw new IcebergError('DAMAGED', 'A manifest has a partition value of an unknown kind.');
}
