import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { LakeFailure } from '../lake-failure.ts';

/** A file in a zip archive, as the archive's directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** Where its packed bytes start. */
  readonly start: number;
}

/** What a workbook may have unpacked: it is streamed, and a small archive can say more than can be read in a day. */
export const mostUnpackedBytes = 4 * 1024 * 1024 * 1024;
const mostEntries = 10_000;
const mostDirectoryBytes = 16 * 1024 * 1024;

/**
 * The parts of a workbook that its reader will unpack, after each was unpacked here once with nothing kept: an archive may
 * say that a part is small. @throws LakeFailure when it is no zip archive, or one that unpacks to too much.
 */
export async function checkWorkbook(
  path: string,
  limit: number = mostUnpackedBytes,
): Promise<readonly ZipEntry[]> {
  const entries = (await readDirectory(path)).filter(({ name }) => /\.xml(\.rels)?$/.test(name));
  requireOneOfEach(entries);
  const declared = entries.reduce((sum, entry) => sum + entry.unpackedBytes, 0);
  if (declared > limit) throw unpacksToTooMuch(limit);
  let unpacked = 0;
  for (const entry of entries) {
    unpacked += await countUnpacked(path, { entry, most: limit - unpacked, limit });
  }
  return entries;
}

/** Of two parts with one name each reader may take another. */
function requireOneOfEach(entries: readonly ZipEntry[]): void {
  if (new Set(entries.map(({ name }) => name)).size < entries.length) throw damagedZip();
}

/** Gives the unpacked bytes of a part, piece by piece. */
export async function* unpack(path: string, entry: ZipEntry): AsyncGenerator<Buffer> {
  if (entry.packedBytes === 0) return;
  const packed = createReadStream(path, { start: entry.start, end: entry.start + entry.packedBytes - 1 });
  if (!entry.isDeflated) {
    yield* packed;
    return;
  }
  const inflate = createInflateRaw();
  const running = pipeline(packed, inflate);
  // Told to the reader of `inflate` as well, which is the one that listens.
  running.catch(() => undefined);
  yield* inflate;
}

async function countUnpacked(
  path: string,
  { entry, most, limit }: { entry: ZipEntry; most: number; limit: number },
): Promise<number> {
  let bytes = 0;
  try {
    for await (const piece of unpack(path, entry)) {
      bytes += piece.length;
      if (bytes > most) throw unpacksToTooMuch(limit);
    }
  } catch (error) {
    throw error instanceof LakeFailure ? error : damagedZip();
  }
  if (bytes !== entry.unpackedBytes) throw damagedZip();
  return bytes;
}

/** What stands in the place of a number that only a ZIP64 archive can hold. */
const of64Bits = { count: 0xffff, place: 0xffffffff };

const endBytes = 22;
const longestComment = 65_535;

async function readDirectory(path: string): Promise<ZipEntry[]> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const read = async (from: number, bytes: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(Math.max(0, Math.min(bytes, size - from)));
      await handle.read(buffer, 0, buffer.length, from);
      return buffer;
    };
    const tail = await read(Math.max(0, size - endBytes - longestComment), endBytes + longestComment);
    const end = tail.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
    if (end < 0 || end + endBytes > tail.length) throw damagedZip();
    const count = tail.readUInt16LE(end + 10);
    const bytes = tail.readUInt32LE(end + 12);
    const start = tail.readUInt32LE(end + 16);
    if (count === of64Bits.count || start === of64Bits.place) throw zip64();
    if (count > mostEntries || bytes > mostDirectoryBytes) throw tooManyParts();
    if (start + bytes > size) throw damagedZip();
    const entries = parseDirectory(await read(start, bytes), count);
    return await Promise.all(entries.map((entry) => locate(entry, read)));
  } finally {
    await handle.close();
  }
}

/** `start` is that of the part's own header still. */
function parseDirectory(directory: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw damagedZip();
    const nameLength = directory.readUInt16LE(at + 28);
    const method = directory.readUInt16LE(at + 10);
    const isEncrypted = (directory.readUInt16LE(at + 8) & 1) === 1;
    if (isEncrypted || (method !== 0 && method !== 8)) throw damagedZip();
    if (
      directory.readUInt32LE(at + 24) === of64Bits.place ||
      directory.readUInt32LE(at + 42) === of64Bits.place
    ) {
      throw zip64();
    }
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      isDeflated: method === 8,
      packedBytes: directory.readUInt32LE(at + 20),
      unpackedBytes: directory.readUInt32LE(at + 24),
      start: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function locate(
  entry: ZipEntry,
  read: (from: number, bytes: number) => Promise<Buffer>,
): Promise<ZipEntry> {
  const header = await read(entry.start, 30);
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50) throw damagedZip();
  const declaredHere = header.readUInt32LE(22);
  const saysNothing = declaredHere === 0 || declaredHere === of64Bits.place;
  if (!saysNothing && declaredHere !== entry.unpackedBytes) throw damagedZip();
  return { ...entry, start: entry.start + 30 + header.readUInt16LE(26) + header.readUInt16LE(28) };
}

function damagedZip(): LakeFailure {
  return new LakeFailure(
    'The file is not a readable XLSX workbook: its archive is damaged, encrypted, or says of its parts what is not so.',
    'old .xls files and password-protected ones cannot be read; ask for .xlsx or CSV.',
  );
}

function zip64(): LakeFailure {
  return new LakeFailure(
    'The workbook is a ZIP64 archive, which is not read.',
    'open it in a spreadsheet program and save it again as .xlsx, or save the sheet as CSV.',
  );
}

function tooManyParts(): LakeFailure {
  return new LakeFailure(
    `The workbook has more than ${mostEntries} parts, or a directory of more than ${mostDirectoryBytes / 1024 / 1024} MiB.`,
    'save the sheet that is meant as CSV, or in a workbook of its own.',
  );
}

function unpacksToTooMuch(limit: number): LakeFailure {
  return new LakeFailure(
    `The workbook unpacks to more than ${limit} bytes.`,
    'save the sheet as CSV, which is streamed.',
  );
}
