import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** How a blob's body is kept. */
export type BlobEncoding = 'utf8' | 'zstd';

export interface EncodedBlob {
  readonly encoding: BlobEncoding;
  readonly body: Buffer;
}

/** Below this a zstd frame saves less than the time it costs. */
const compressAboveBytes = 512;

/** Compressed when that makes it smaller. */
export function encodeBlob(text: string): EncodedBlob {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= compressAboveBytes) return { encoding: 'utf8', body: bytes };
  const packed = compress(bytes);
  return packed.length < bytes.length
    ? { encoding: 'zstd', body: packed }
    : { encoding: 'utf8', body: bytes };
}

/** Throws when the body is damaged: zstd frames carry their own check. */
export function decodeBlob(blob: EncodedBlob): string {
  return (blob.encoding === 'zstd' ? zstdDecompressSync(blob.body) : blob.body).toString('utf8');
}

function compress(bytes: Buffer): Buffer {
  return zstdCompressSync(bytes, {
    // Told the size, zstd takes tables and buffers that fit a message of 1 KB instead of a file of megabytes.
    pledgedSrcSize: bytes.length,
    chunkSize: Math.min(Math.max(1024, bytes.length), 65_536),
    params: { [constants.ZSTD_c_compressionLevel]: 3 },
  });
}
