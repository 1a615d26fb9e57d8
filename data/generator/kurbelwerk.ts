import { type Entry, gtin13, type Product, type Vendor, wrongGtin } from './feed.ts';
import type { Random } from './random.ts';

/** An event stream dumped to a file, one JSON object a line: some lines break off, prices are numbers or texts. */
export const kurbelwerk: Vendor = {
  file: 'kurbelwerk_export.ndjson',
  vendor: 'Kurbelwerk Velo AG',
  format: 'NDJSON',
  plan: {
  broken_record: 3,
  missing_key: 1,
  bad_type: 1,
  missing_name: 1,
  price_negative: 2,
  price_missing: 1,
  superseded: 2,
  bad_gtin: 2,
},
  count: 68,
  products,
  bytes: (entries) => Buffer.from(`${entries.map(line).join('\n')}\n`, 'utf8'),
};

const terms = ['Bremsen', 'Sattel', 'Lenker', 'Laufr\u00e4der', 'Beleuchtung', 'Schl\u00f6sser'];
const names = ['Gotthard', 'Furka', 'Susten', 'Albula', 'Bernina'];
const materials = ['Carbon', 'Aluminium', 'Stahl', 'n/v'];

function products(random: Random, { count, first }: { count: number; first: number }): Product[] {
  return Array.from({ length: count }, (_, place): Product => {
    const index = first + place;
    const term = random.pick(terms);
    const name = `${term} ${random.pick(names)} ${random.pick(['SL', 'Pro', 'Eco'])}`;
    return {
      sku: `kw.${String(3_300 + index * 13)}`,
      gtin: gtin13(random),
      name,
      description: `${name}, f\u00fcr Stadt und Tour`,
      term,
      colour: random.pick(['schwarz', 'silber', 'rot', 'n/v']),
      material: random.pick(materials),
      priceCents: 5 * random.between(150, 18_000),
      grams: random.between(40, 2900),
      millimetres: [random.between(20, 700), random.between(20, 600), random.between(20, 300)],
      stock: random.between(0, 60),
    };
  });
}

function line({ product, fault }: Entry, index: number): string {
  const [height, width, depth] = product.millimetres;
  const record = {
    art_nr: fault === 'missing_key' ? null : product.sku,
    gtin: fault === 'bad_gtin' ? wrongGtin(product.gtin) : product.gtin,
    bezeichnung: fault === 'missing_name' ? '' : product.name,
    text: product.description,
    gruppe: product.term,
    farbe: product.colour,
    material: product.material,
    preis: price(product, { fault, index }),
    waehrung: 'CHF',
    gewicht_g: product.grams,
    masse_mm: `${height}x${width}x${depth}`,
    bestand: fault === 'bad_type' ? 'auf Lager' : product.stock,
    geaendert: `2026-${String((index % 9) + 1).padStart(2, '0')}-${String((index % 27) + 1).padStart(2, '0')}`,
  };
  const text = JSON.stringify(record);
  return fault === 'broken_record' ? text.slice(0, Math.floor(text.length * 0.6)) : text;
}

function price(
  product: Product,
  { fault, index }: { fault: Entry['fault']; index: number },
): number | string | null {
  if (fault === 'price_negative') return -1;
  if (fault === 'price_missing') return null;
  return index % 4 === 0 ? (product.priceCents / 100).toFixed(2) : product.priceCents / 100;
}
