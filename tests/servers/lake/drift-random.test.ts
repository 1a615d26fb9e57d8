import { expect, test } from 'vitest';
import { openTestLake, type Row } from './support/open-test-lake.ts';

/** The same numbers for the same seed, on every machine (mulberry32). */
function randomOf(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  return { next, below, pick };
}
type Random = ReturnType<typeof randomOf>;

const columns = [
  { name: 'sku', type: 'VARCHAR' },
  { name: 'gtin', type: 'VARCHAR' },
  { name: 'title', type: 'VARCHAR' },
  { name: 'colour', type: 'VARCHAR' },
  { name: 'material', type: 'VARCHAR' },
  { name: 'price', type: 'DECIMAL(10,2)' },
  { name: 'weight_kg', type: 'DECIMAL(10,3)' },
  { name: 'stock', type: 'INTEGER' },
  { name: 'changed', type: 'DATE' },
];
const names = columns.map(({ name }) => name);
const table = 'product_raw.random';

type Sheet = { header: string[]; rows: string[][]; delimiter: string };

function product(random: Random, index: number): string[] {
  return [
    `SK-${10_000 + index}`,
    String(4_000_000_000_000 + index * 7919),
    `${random.pick(['Oak', 'Pine', 'Lime', 'Ash'])} ${random.pick(['table', 'chair', 'shelf', 'lamp'])} ${random.below(90)}`,
    random.pick(['red', 'blue', 'green', 'white', 'black']),
    random.pick(['oak', 'steel', 'brass', 'glass', 'wool']),
    (5 + random.next() * 900).toFixed(2),
    (random.next() * 40).toFixed(3),
    String(random.below(300)),
    `2026-${String(1 + random.below(12)).padStart(2, '0')}-${String(1 + random.below(28)).padStart(2, '0')}`,
  ];
}

/** The second day: half of the products of the first with other prices, and as many new ones. */
function days(random: Random): [Sheet, Sheet] {
  const first = Array.from({ length: 160 }, (_, index) => product(random, index));
  const second = Array.from({ length: 160 }, (_, index) => {
    const fresh = product(random, index + 80);
    const old = first[index + 80];
    return old === undefined ? fresh : [...old.slice(0, 5), ...fresh.slice(5)];
  });
  const sheet = (rows: string[][]): Sheet => ({ header: [...names], rows, delimiter: ';' });
  return [sheet(first), sheet(second)];
}

const newNames = [
  'ref',
  'code_2',
  'designation',
  'tone',
  'fabric',
  'net_amount',
  'mass',
  'qty_available',
  'as_of',
];
const respellings: Record<string, (text: string) => string> = {
  price: (text) => `${text} EUR`,
  weight_kg: (text) => `${text} kg`,
  stock: (text) => `${text} pcs`,
  changed: (text) => text.split('-').reverse().join('.'),
};

/** One change and what is to be found for it. */
type Drift = (sheet: Sheet, random: Random) => string;

const rename: Drift = (sheet, random) => {
  const at = random.pick(sheet.header.flatMap((name, index) => (names.includes(name) ? [index] : [])));
  const from = sheet.header[at] ?? '';
  const to = random.pick(newNames.filter((name) => !sheet.header.includes(name)));
  sheet.header[at] = to;
  return `renamed ${from} ${to}`;
};
const add: Drift = (sheet, random) => {
  const at = random.below(sheet.header.length + 1);
  const name = random.pick(['season', 'warehouse', 'origin'].filter((one) => !sheet.header.includes(one)));
  sheet.header.splice(at, 0, name);
  for (const row of sheet.rows) row.splice(at, 0, random.pick(['A1', 'B2', 'C3/x']));
  return `added ${name}`;
};
const remove: Drift = (sheet, random) => {
  const at = random.pick(sheet.header.flatMap((name, index) => (names.includes(name) ? [index] : [])));
  const [name = ''] = sheet.header.splice(at, 1);
  for (const row of sheet.rows) row.splice(at, 1);
  return `removed ${name}`;
};
const retype: Drift = (sheet, random) => {
  const name = random.pick(sheet.header.filter((one) => one in respellings));
  const at = sheet.header.indexOf(name);
  for (const row of sheet.rows) row[at] = respellings[name]?.(row[at] ?? '') ?? '';
  return `retyped ${name}`;
};
const redelimit: Drift = (sheet, random) => {
  sheet.delimiter = random.pick(['|', '\t', ',']);
  return 'dialect delimiter';
};
const drifts: readonly Drift[] = [rename, rename, add, remove, retype, redelimit];

/** One to three drifts of different kinds, in columns that are shuffled in a third of the files. */
function driftOf(sheet: Sheet, random: Random): string[] {
  const order = [...drifts].sort(() => random.next() - 0.5).slice(0, 1 + random.below(3));
  const truth = [...new Set(order)].map((drift) => drift(sheet, random));
  if (random.below(3) === 0) shuffle(sheet, random);
  // A column that was respelled and then lost is only lost.
  const isLost = (slip: string) =>
    slip.startsWith('retyped') && truth.some((other) => other === slip.replace('retyped', 'removed'));
  return truth.filter((slip) => !isLost(slip));
}

function shuffle(sheet: Sheet, random: Random): void {
  const order = sheet.header.map((_, index) => index).sort(() => random.next() - 0.5);
  sheet.header = order.map((index) => sheet.header[index] ?? '');
  sheet.rows = sheet.rows.map((row) => order.map((index) => row[index] ?? ''));
}

const textOf = ({ header, rows, delimiter }: Sheet): string =>
  [header, ...rows].map((row) => row.join(delimiter)).join('\n');

function slip({ kind, from, to, source, option }: Row): string {
  if (kind === 'renamed') return `renamed ${String(from)} ${String(to)}`;
  if (kind === 'dialect') return `dialect ${String(option)}`;
  return `${String(kind)} ${String(source)}`;
}

async function foundAndTrue(seed: number): Promise<{ found: string[]; truth: string[] }> {
  const random = randomOf(seed);
  const [first, second] = days(random);
  const lake = await openTestLake({ 'one.csv': textOf(first) });
  const options = { delimiter: ';', header: true, encoding: 'utf-8' };
  await lake.call('create_table', { table, columns });
  await lake.call('ingest', { path: 'one.csv', table, vendor_name: 'v', options });
  const truth = driftOf(second, random);
  lake.write('two.csv', textOf(second));
  const answer = await lake.call('diff_schema', { path: 'two.csv', expected: { columns, options }, table });
  // A column that is called and written otherwise is told as both, under its new name.
  const byNewName = new Map(
    truth
      .filter((one) => one.startsWith('renamed '))
      .map((one) => one.split(' ').slice(1) as [string, string]),
  );
  const found = (answer['changes'] as Row[]).map(slip);
  return { found, truth: truth.map((one) => renamedRetype(one, byNewName)) };
}

/** `retyped` names the column as the contract does. */
function renamedRetype(one: string, byOldName: ReadonlyMap<string, string>): string {
  const name = one.startsWith('retyped ') ? one.slice(8) : '';
  const old = [...byOldName].find(([, to]) => to === name)?.[0];
  return old === undefined ? one : `retyped ${old}`;
}

test('39 random drifts in 20 files: what is found is true, and what is true is found', {
  timeout: 300_000,
}, async () => {
  const tally = { found: 0, true: 0, both: 0 };
  const misses: string[] = [];
  for (let seed = 1; seed <= 20; seed += 1) {
    const { found, truth } = await foundAndTrue(seed);
    const both = found.filter((one) => truth.includes(one));
    tally.found += found.length;
    tally.true += truth.length;
    tally.both += both.length;
    if (both.length !== found.length || both.length !== truth.length) {
      misses.push(`seed ${seed}: found ${found.join(', ')}; true ${truth.join(', ')}`);
    }
  }
  const figures = {
    drifts: tally.true,
    precision: Number((tally.both / tally.found).toFixed(3)),
    recall: Number((tally.both / tally.true).toFixed(3)),
    misses,
  };
  expect(figures).toEqual({ drifts: 39, precision: 1, recall: 1, misses: [] });
});
