import { deflateRawSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import avro from 'avsc';
import { IcebergError } from '../iceberg-error.ts';
import { type AvroSchema, markExactLongs, typeOfSchema } from './exact-longs.ts';

/*
 * Avro's object container files. avsc encodes and decodes the values and the header; its own reader of containers is a
 * stream that ends without a word when a file is cut off between two blocks.
 */

export interface AvroFile {
  /** The schema that the file was written with, with field ids. */
  readonly schema: AvroSchema;
  readonly metadata: ReadonlyMap<string, string>;
  readonly records: readonly unknown[];
}

const magic = Buffer.from('Obj\u0001', 'latin1');
const metadataType = avro.Type.forSchema({ type: 'map', values: 'bytes' });
const longType = avro.Type.forSchema('long');
const syncLength = 16;

export function encodeContainer(
  file: Omit<AvroFile, 'metadata'> & { metadata: Record<string, string> },
): Buffer {
  const type = typeOfSchema(markExactLongs(file.schema));
  const header = { ...file.metadata, 'avro.schema': JSON.stringify(file.schema), 'avro.codec': 'deflate' };
  const bytes = Object.fromEntries(Object.entries(header).map(([key, text]) => [key, Buffer.from(text)]));
  const sync = crypto.getRandomValues(Buffer.alloc(syncLength));
  const parts = [magic, metadataType.toBuffer(bytes), sync];
  if (file.records.length > 0) {
    const block = deflateRawSync(Buffer.concat(file.records.map((record) => type.toBuffer(record))));
    parts.push(longType.toBuffer(file.records.length), longType.toBuffer(block.length), block, sync);
  }
  return Buffer.concat(parts);
}

/** @throws IcebergError DAMAGED when the bytes are no whole Avro file. */
export function decodeContainer(bytes: Buffer, name: string): AvroFile {
  try {
    return decode(bytes);
  } catch (error) {
    if (IcebergError.is(error)) throw error;
    throw new IcebergError('DAMAGED', `${name} is no whole Avro file.`, { cause: error });
  }
}

function decode(bytes: Buffer): AvroFile {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new RangeError('no Avro header');
  const header = metadataType.decode(bytes, magic.length) as {
    value: Record<string, Buffer>;
    offset: number;
  };
  if (header.offset < 0) throw new RangeError('the header is cut off');
  const metadata = new Map(Object.entries(header.value).map(([key, text]) => [key, text.toString('utf8')]));
  const schema = JSON.parse(metadata.get('avro.schema') ?? '') as AvroSchema;
  const blocks = {
    bytes,
    start: header.offset,
    decompress: decompressorOf(metadata.get('avro.codec') ?? 'null'),
  };
  return { schema, metadata, records: decodeBlocks(typeOfSchema(markExactLongs(schema)), blocks) };
}

interface Blocks {
  readonly bytes: Buffer;
  readonly start: number;
  readonly decompress: (block: Buffer) => Buffer;
}

function decodeBlocks(type: avro.Type, { bytes, start, decompress }: Blocks): unknown[] {
  const records: unknown[] = [];
  const sync = bytes.subarray(start, start + syncLength);
  let position = start + syncLength;
  if (sync.length < syncLength) throw new RangeError('the header is cut off');
  while (position < bytes.length) {
    const count = readLong(bytes, position);
    const size = readLong(bytes, count.offset);
    const end = size.offset + size.value;
    if (!bytes.subarray(end, end + syncLength).equals(sync)) throw new RangeError('a block is cut off');
    decodeBlock(type, { block: decompress(bytes.subarray(size.offset, end)), count: count.value, records });
    position = end + syncLength;
  }
  return records;
}

function decodeBlock(type: avro.Type, work: { block: Buffer; count: number; records: unknown[] }): void {
  let offset = 0;
  for (let index = 0; index < work.count; index++) {
    const decoded = type.decode(work.block, offset);
    if (decoded.offset < 0) throw new RangeError('a record is cut off');
    work.records.push(decoded.value);
    offset = decoded.offset;
  }
  if (offset !== work.block.length) throw new RangeError('a block is longer than its records');
}

function readLong(bytes: Buffer, position: number): { value: number; offset: number } {
  const { value, offset } = longType.decode(bytes, position) as { value: number; offset: number };
  if (offset < 0 || value < 0) throw new RangeError('a block is cut off');
  return { value, offset };
}

function decompressorOf(codec: string): (block: Buffer) => Buffer {
  if (codec === 'null') return (block) => block;
  if (codec === 'deflate') return inflateRawSync;
  if (codec === 'zstandard') return zstdDecompressSync;
  throw new IcebergError('UNSUPPORTED', `A manifest is compressed with ${codec}, which is not read here.`, {
    hint: 'let its writer use write.avro.compression-codec = gzip and rewrite the manifests.',
  });
}
