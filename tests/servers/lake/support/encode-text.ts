/** Text -> bytes of an old encoding, found by decoding: nothing here encodes anything but UTF-8 and UTF-16. */
export function encodeText(text: string, encoding: string): Buffer {
  const letters = lettersOf(encoding);
  return Buffer.concat(
    [...text].map((letter) => {
      const bytes = letters.get(letter);
      if (bytes === undefined) throw new Error(`${encoding} has no "${letter}".`);
      return bytes;
    }),
  );
}

const known = new Map<string, ReadonlyMap<string, Buffer>>();

function lettersOf(encoding: string): ReadonlyMap<string, Buffer> {
  const found = known.get(encoding) ?? new Map(codes().flatMap((bytes) => letterOf(bytes, encoding)));
  known.set(encoding, found);
  return found;
}

function codes(): Buffer[] {
  const single = Array.from({ length: 0x100 }, (_, byte) => Buffer.from([byte]));
  const leads = single.slice(0x81, 0xff);
  const trails = single.slice(0x40, 0xff);
  // Single bytes last: they win.
  return [...leads.flatMap((lead) => trails.map((trail) => Buffer.concat([lead, trail]))), ...single];
}

function letterOf(bytes: Buffer, encoding: string): [string, Buffer][] {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return [...text].length === 1 ? [[text, bytes]] : [];
  } catch {
    // No letter has these bytes.
    return [];
  }
}
