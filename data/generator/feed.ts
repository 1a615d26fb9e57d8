import type { Random } from './random.ts';

/**
 * What can be wrong with a record. A record has at most one fault, so the counts add up:
 * records = rejected + set aside + superseded + published.
 */
export const faults = {
  ragged: { fate: 'rejected', meaning: 'too many or too few columns' },
  footer: { fate: 'rejected', meaning: 'a closing line that is no product' },
  broken_record: { fate: 'rejected', meaning: 'the record breaks off in the middle' },
  missing_key: { fate: 'rejected', meaning: "the vendor's own article number is missing" },
  bad_type: { fate: 'rejected', meaning: 'words where a whole number belongs (stock, pack size)' },
  missing_name: { fate: 'set aside', meaning: 'no product name' },
  price_text: { fate: 'set aside', meaning: 'words in the price column' },
  price_missing: { fate: 'set aside', meaning: 'no price at all' },
  price_negative: { fate: 'set aside', meaning: 'a price of -1, meaning "ask us"' },
  superseded: { fate: 'superseded', meaning: 'the same article number comes again further down' },
  bad_gtin: {
    fate: 'published',
    meaning: 'wrong check digit or mangled by a spreadsheet: published without GTIN',
  },
  embedded_instruction: { fate: 'published', meaning: 'the description tries to give orders to its reader' },
} as const satisfies Record<string, { fate: Fate; meaning: string }>;

export type Fate = 'rejected' | 'set aside' | 'superseded' | 'published';
export type Fault = keyof typeof faults;

export interface Feed {
  readonly file: string;
  readonly vendor: string;
  readonly format: string;
  readonly bytes: Buffer;
  /** Records in the file: preamble, header and blank lines are none. */
  readonly records: number;
  readonly faults: ReadonlyMap<Fault, number>;
  /** In the order of the file. */
  readonly entries: readonly Entry[];
}

export interface Product {
  readonly sku: string;
  readonly gtin: string;
  readonly name: string;
  readonly description: string;
  readonly term: string;
  readonly colour: string;
  readonly material: string;
  readonly priceCents: number;
  readonly grams: number;
  readonly millimetres: readonly [height: number, width: number, depth: number];
  readonly stock: number;
}

export interface Entry {
  readonly product: Product;
  readonly fault?: Fault;
}

/** A company that sends a feed: what it sells, how it writes, and what goes wrong when it does. */
export interface Vendor {
  readonly file: string;
  readonly vendor: string;
  readonly format: string;
  /** Faults of the first day. */
  readonly plan: Partial<Record<Fault, number>>;
  /** Products of the first day. */
  readonly count: number;
  /** Lines at the end of the file that are no product and are rejected as `footer`. */
  readonly closingLines?: number;
  readonly products: (random: Random, which: { readonly count: number; readonly first: number }) => Product[];
  readonly bytes: (entries: readonly Entry[]) => Buffer;
}

export function feedOf(vendor: Vendor, entries: readonly Entry[]): Feed {
  const { closingLines = 0 } = vendor;
  const counted = countFaults(entries);
  return {
    file: vendor.file,
    vendor: vendor.vendor,
    format: vendor.format,
    bytes: vendor.bytes(entries),
    entries,
    records: entries.length + closingLines,
    faults: closingLines === 0 ? counted : new Map([...counted, ['footer', closingLines]]),
  };
}

/** Faults spread over the products, and for each `superseded` one a later record with the same number and a new price. */
export function spoil(
  products: readonly Product[],
  plan: Partial<Record<Fault, number>>,
  random: Random,
): Entry[] {
  const kinds = Object.entries(plan).flatMap(([fault, count]) =>
    Array.from({ length: count ?? 0 }, () => fault as Fault),
  );
  const places = random.sample(products.length, kinds.length);
  const faultAt = new Map(places.map((place, index) => [place, kinds[index]]));
  const entries = products.map((product, index): Entry => {
    const fault = faultAt.get(index);
    return fault === undefined ? { product } : { product, fault };
  });
  return [...entries, ...laterVersions(entries, random)];
}

function laterVersions(entries: readonly Entry[], random: Random): Entry[] {
  return entries
    .filter(({ fault }) => fault === 'superseded')
    .map(({ product }) => ({
      product: { ...product, priceCents: product.priceCents + 10 * random.between(1, 50) },
    }));
}

export function countFaults(entries: readonly Entry[]): Map<Fault, number> {
  const counts = new Map<Fault, number>();
  for (const { fault } of entries) if (fault) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  return counts;
}

export function fateCount(feed: Feed, fate: Fate): number {
  const faulty = [...feed.faults].filter(([fault]) => faults[fault].fate === fate);
  const counted = faulty.reduce((sum, [, count]) => sum + count, 0);
  if (fate !== 'published') return counted;
  const lost = (['rejected', 'set aside', 'superseded'] as const).map((other) => fateCount(feed, other));
  return feed.records - lost.reduce((sum, count) => sum + count, 0);
}

/** GTIN-13 with a right check digit; the prefix 2 is for numbers inside a company, so none is anybody's. */
export function gtin13(random: Random): string {
  const digits = `2${String(random.between(0, 99_999)).padStart(5, '0')}${String(random.between(0, 999_999)).padStart(6, '0')}`;
  return digits + checkDigit(digits);
}

export function wrongGtin(gtin: string): string {
  return gtin.slice(0, 12) + ((Number(gtin[12]) + 3) % 10);
}

function checkDigit(digits: string): number {
  const sum = [...digits].reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3),
    0,
  );
  return (10 - (sum % 10)) % 10;
}
