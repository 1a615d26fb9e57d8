import { IcebergError } from '../iceberg-error.ts';
import { type PrimitiveParts, primitiveParts } from '../schema/primitive-type.ts';
import { isMicros, type Value } from './value.ts';

/** The format's "binary single-value serialization": what bounds in manifests are written in. */
export function encodeValue(type: string, value: Value): Buffer {
  const { kind } = primitiveParts(type);
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  if (typeof value === 'number') return encodeNumber(kind, value);
  if (typeof value === 'bigint') return kind === 'decimal' ? minimalBytes(value) : eightBytes(value);
  if (typeof value === 'string') return kind === 'uuid' ? uuidBytes(value) : Buffer.from(value);
  return Buffer.from(value);
}

/**
 * The value of a bound. Files that were written before a column was widened carry the narrower form; it is read as the
 * wider value.
 * @throws IcebergError DAMAGED when the bytes have a length that the type cannot have.
 */
export function decodeValue(type: string, bytes: Uint8Array): Value {
  const parts = primitiveParts(type);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = decodeKind(parts, buffer);
  if (value !== undefined) return value;
  throw new IcebergError('DAMAGED', `A bound of ${bytes.length} bytes is no value of the type ${type}.`);
}

function decodeKind({ kind }: PrimitiveParts, buffer: Buffer): Value | undefined {
  if (kind === 'string') return buffer.toString('utf8');
  if (kind === 'binary' || kind === 'fixed') return buffer;
  if (kind === 'decimal') return buffer.length === 0 ? undefined : signedOf(buffer);
  if (kind === 'uuid') return buffer.length === 16 ? uuidText(buffer) : undefined;
  if (kind === 'boolean') return buffer.length === 1 ? buffer[0] !== 0 : undefined;
  return decodeNumber(kind, buffer);
}

function decodeNumber(kind: string, buffer: Buffer): Value | undefined {
  const isBig = kind === 'long' || isMicros(kind);
  if (buffer.length === 8) return isBig ? buffer.readBigInt64LE() : wideDouble(kind, buffer);
  if (buffer.length !== 4) return undefined;
  if (kind === 'float' || kind === 'double') return buffer.readFloatLE();
  return isBig ? BigInt(buffer.readInt32LE()) : buffer.readInt32LE();
}

function wideDouble(kind: string, buffer: Buffer): number | undefined {
  return kind === 'double' ? buffer.readDoubleLE() : undefined;
}

function encodeNumber(kind: string, value: number): Buffer {
  const buffer = Buffer.alloc(kind === 'double' ? 8 : 4);
  if (kind === 'double') buffer.writeDoubleLE(value);
  else if (kind === 'float') buffer.writeFloatLE(value);
  else buffer.writeInt32LE(value);
  return buffer;
}

/** Long and its kin as hashes and bounds see them: little-endian, eight bytes. */
export function eightBytes(value: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64LE(value);
  return buffer;
}

/** Two's complement, big-endian, in as few bytes as hold the sign. */
export function minimalBytes(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length++;
  return signedBytes(value, length);
}

/** Two's complement, big-endian, of a given length. */
export function signedBytes(value: bigint, length: number): Buffer {
  const digits = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return Buffer.from(digits, 'hex');
}

export function signedOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

export function uuidBytes(text: string): Buffer {
  return Buffer.from(text.replaceAll('-', ''), 'hex');
}

export function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
