import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** How a blob's body is kept. */
export type BlobEncoding = 'utf8' | 'deflate' | 'zstd';

export interface EncodedBlob {
  readonly encoding: BlobEncoding;
  readonly body: Buffer;
}

/** Below this a compressed text saves less than the time it costs. */
const compressAboveBytes = 512;
/** zstd sets up 100 KB and more for every text: up to here deflate takes half its time and is as small. */
const deflateUpToBytes = 4096;

/** Compressed when that makes it smaller. */
export function encodeBlob(text: string): EncodedBlob {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= compressAboveBytes) return { encoding: 'utf8', body: bytes };
  const packed = compress(bytes);
  return packed.body.length < bytes.length ? packed : { encoding: 'utf8', body: bytes };
}

/** Throws when the body is damaged so that it cannot be unpacked; other damage shows in the text's hash. */
export function decodeBlob({ encoding, body }: EncodedBlob): string {
  return decoders[encoding](body).toString('utf8');
}

const decoders: Readonly<Record<BlobEncoding, (body: Buffer) => Buffer>> = {
  utf8: (body) => body,
  // Without it each text, however short, is unpacked into a buffer of 16 KB.
  deflate: (body) => inflateRawSync(body, { chunkSize: deflateUpToBytes }),
  zstd: (body) => zstdDecompressSync(body),
};

function compress(bytes: Buffer): EncodedBlob {
  return bytes.length <= deflateUpToBytes
    ? { encoding: 'deflate', body: deflate(bytes) }
    : { encoding: 'zstd', body: zstd(bytes) };
}

/** A window of 4 KB and small tables: with the default sizes most of the time goes into clearing 256 KB. */
function deflate(bytes: Buffer): Buffer {
  return deflateRawSync(bytes, { windowBits: 12, memLevel: 4, level: 3, chunkSize: 1024 });
}

function zstd(bytes: Buffer): Buffer {
  return zstdCompressSync(bytes, {
    // Told the size, zstd takes tables and buffers that fit the text instead of a file of megabytes.
    pledgedSrcSize: bytes.length,
    chunkSize: Math.min(bytes.length, 65_536),
    params: { [constants.ZSTD_c_compressionLevel]: 3 },
  });
}
