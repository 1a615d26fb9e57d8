import { closeSync, openSync, writeSync } from 'node:fs';

/** The table that the file is loaded into. */
export const feedColumns = [
  { name: 'sku', type: 'VARCHAR', nullable: false },
  { name: 'gtin', type: 'VARCHAR' },
  { name: 'name', type: 'VARCHAR' },
  { name: 'brand', type: 'VARCHAR' },
  { name: 'category', type: 'VARCHAR' },
  { name: 'price', type: 'DECIMAL(12,2)' },
  { name: 'currency', type: 'VARCHAR' },
  { name: 'stock', type: 'INTEGER' },
  { name: 'weight_kg', type: 'DECIMAL(10,3)' },
  { name: 'listed_on', type: 'DATE' },
  { name: 'updated_at', type: 'TIMESTAMP' },
  { name: 'image_url', type: 'VARCHAR' },
] as const;

const brands = ['Norden', 'Bräuer & Söhne', 'Acme', 'Kobo', 'Vélo', 'Torii', 'Lumen', 'Plata'];
const categories = ['bike/parts', 'kitchen', 'garden;tools', 'light', 'audio', 'office/paper'];
const nouns = ['Leuchte', 'chain', 'Pfanne', 'saw', 'speaker', 'cable', 'Schraube M6', 'notebook A5'];
const adjectives = ['black', 'große', 'light', 'robuste', 'small', 'wireless', 'matt', 'folding'];

/** How a record may be broken; the file has one of them in about every `everyNth` records. */
const damages: readonly ((cells: string[]) => string)[] = [
  (cells) => with_(cells, 5, 'n/a'),
  (cells) => with_(cells, 5, '12.345'),
  (cells) => with_(cells, 7, '3.5'),
  (cells) => with_(cells, 7, '99999999999'),
  (cells) => with_(cells, 0, ''),
  (cells) => with_(cells, 9, '2026-02-30'),
  (cells) => [...cells, 'extra', 'cells'].join(','),
  (cells) => cells.slice(0, 4).join(','),
  (cells) => with_(cells, 2, '"never closed'),
  (cells) => with_(cells, 2, '"closed" too early'),
  (cells) => with_(cells, 3, '\u0001broken'),
];

/**
 * Writes a vendor's feed as no vendor has sent it: made by us, from a seed, the same bytes each time.
 * About 180 bytes a record, one record in 900 broken, one in 50 with quotes; some lines are blank.
 * Not dirty: the same without the broken records and blank lines, for readers that stop at the first of them.
 * @returns records and broken records in the file.
 */
export function writeDirtyCsv(
  file: string,
  { rows, seed, isDirty = true }: { rows: number; seed: number; isDirty?: boolean },
): { records: number; broken: number } {
  const random = randomNumbers(seed);
  const handle = openSync(file, 'w');
  const header = `${feedColumns.map(({ name }) => name).join(',')}\n`;
  let broken = 0;
  let parts = [header];
  for (let index = 0; index < rows; index += 1) {
    const cells = cellsOf(index, random);
    const isBroken = random(900) === 0 && isDirty;
    if (isBroken) broken += 1;
    parts.push(
      isBroken ? damaged(cells, random) : cells.join(','),
      isDirty && index % 250_000 === 0 ? '\n\n' : '\n',
    );
    if (parts.length < 20_000) continue;
    writeAll(handle, parts);
    parts = [];
  }
  writeAll(handle, parts);
  closeSync(handle);
  return { records: rows, broken };
}

type Random = (below: number) => number;

function damaged(cells: string[], random: Random): string {
  return damages[random(damages.length)]?.(cells) ?? '';
}

function with_(cells: readonly string[], place: number, text: string): string {
  return cells.map((cell, index) => (index === place ? text : cell)).join(',');
}

function cellsOf(index: number, random: Random): string[] {
  const noun = nouns[random(8)] ?? '';
  const adjective = adjectives[random(8)] ?? '';
  const name = `${adjective} ${noun} ${random(10_000)}`;
  const gtin = String(4_000_000_000_000 + random(900_000_000));
  const month = twoDigits(1 + random(12));
  const day = twoDigits(1 + random(28));
  return [
    `SKU-${index}-${random(100_000)}`,
    gtin,
    random(50) === 0 ? `"${name}, 1/2"" wide"` : name,
    brands[random(8)] ?? '',
    categories[random(6)] ?? '',
    `${random(2_000)}.${twoDigits(random(100))}`,
    random(5) === 0 ? 'SEK' : 'EUR',
    random(20) === 0 ? '' : String(random(5000)),
    `${random(30)}.${100 + random(900)}`,
    `2026-${month}-${day}`,
    `2026-${month}-${day} ${twoDigits(random(24))}:${twoDigits(random(60))}:${twoDigits(random(60))}`,
    `https://img.example.com/catalogue/${gtin}/front-${random(100)}.jpg`,
  ];
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** Mulberry32: small, quick and the same on every machine. */
function randomNumbers(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/** The marked records get a byte that is no UTF-8: text alone cannot hold one. */
function writeAll(handle: number, parts: readonly string[]): void {
  const bytes = Buffer.from(parts.join(''), 'utf8');
  for (let at = bytes.indexOf(1); at >= 0; at = bytes.indexOf(1, at)) bytes[at] = 0xff;
  let written = 0;
  while (written < bytes.length) written += writeSync(handle, bytes, written);
}
