import { crc32 } from 'node:zlib';

/** A zip archive whose parts are stored as they are. */
export function storeZip(parts: Readonly<Record<string, string | Buffer>>): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of Object.entries(parts)) {
    const data = Buffer.from(content);
    const name = Buffer.from(path);
    const common = entryHeader(name, data);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    files.push(signature('\u0003\u0004'), common, name, data);
    directory.push(signature('\u0001\u0002'), Buffer.from([20, 0]), common, place, name);
    offset += 4 + common.length + name.length + data.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(parts).length, 4);
  end.writeUInt16LE(Object.keys(parts).length, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, index, signature('\u0005\u0006'), end]);
}

function signature(kind: string): Buffer {
  return Buffer.from(`PK${kind}`, 'latin1');
}

/** What an entry has in common with its line in the directory. */
function entryHeader(name: Buffer, data: Buffer): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt32LE(crc32(data), 10);
  header.writeUInt32LE(data.length, 14);
  header.writeUInt32LE(data.length, 18);
  header.writeUInt16LE(name.length, 22);
  return header;
}
