import { type Entry, gtin13, type Product, type Vendor, wrongGtin } from './feed.ts';
import type { Random } from './random.ts';

/** One JSON document of a web shop: nested objects, prices in pence, weights in g or kg, lengths in mm or cm. */
export const copperkettle: Vendor = {
  file: 'copperkettle_catalog.json',
  vendor: 'Copperkettle Kitchen Supply',
  format: 'JSON, nested under `items`',
  plan: {
  missing_key: 2,
  bad_type: 1,
  missing_name: 1,
  price_text: 1,
  price_missing: 2,
  superseded: 2,
  bad_gtin: 2,
},
  count: 58,
  products,
  bytes: (entries) => {
    const feed = {
      supplier: { name: 'Copperkettle Kitchen Supply', country: 'GB' },
      prices: { currency: 'GBP', unit: 'minor' },
      items: entries.map(item),
    };
    return Buffer.from(`${JSON.stringify(feed, null, 1)}\n`, 'utf8');
  },
};

const terms = ['cookware/saucepans', 'cookware/frying-pans', 'bakeware', 'knives', 'kettles', 'storage/jars'];
const things: Record<string, string> = {
  'cookware/saucepans': 'saucepan',
  'cookware/frying-pans': 'frying pan',
  bakeware: 'baking tin',
  knives: 'knife',
  kettles: 'kettle',
  'storage/jars': 'jar',
};
const names = ['Hearth', 'Orchard', 'Dovecote', 'Larder', 'Saffron'];
const colours = ['copper', 'cream', 'duck egg', 'graphite'];
const materials = ['stainless steel', 'cast iron', 'copper', 'stoneware', 'beech'];

function products(random: Random, { count, first }: { count: number; first: number }): Product[] {
  return Array.from({ length: count }, (_, place): Product => {
    const index = first + place;
    const term = random.pick(terms);
    const material = random.pick(materials);
    const name = `${random.pick(names)} ${things[term]} ${random.between(12, 34)} cm`;
    return {
      sku: `CK/${String.fromCharCode(65 + (index % 6))}/${400 + index}`,
      gtin: gtin13(random),
      name,
      description: `${name} in ${material}. Dishwasher safe: ${random.pick(['yes', 'no'])}.`,
      term,
      colour: random.pick(colours),
      material,
      priceCents: random.between(450, 19_900),
      grams: 10 * random.between(6, 540),
      millimetres: [10 * random.between(3, 30), 10 * random.between(8, 45), 10 * random.between(8, 60)],
      stock: random.between(0, 150),
    };
  });
}

function item({ product, fault }: Entry, index: number): object {
  const heavy = index % 2 === 0;
  const inCentimetres = index % 3 === 0;
  const length = (size: number): number => (inCentimetres ? size / 10 : size);
  const [height, width, depth] = product.millimetres;
  return {
    sku: fault === 'missing_key' ? null : product.sku,
    barcodes: { ean: fault === 'bad_gtin' ? wrongGtin(product.gtin) : product.gtin },
    title: fault === 'missing_name' ? null : product.name,
    text: product.description,
    taxonomy: [product.term, 'home'],
    price: { amount: price(product, fault), vat_included: false },
    attributes: { colour: product.colour, material: product.material },
    packaging: {
      weight: heavy ? { value: product.grams / 1000, unit: 'kg' } : { value: product.grams, unit: 'g' },
      size: { h: length(height), w: length(width), d: length(depth), unit: inCentimetres ? 'cm' : 'mm' },
    },
    stock: {
      quantity: fault === 'bad_type' ? 'plenty' : product.stock,
      status: product.stock === 0 ? 'SOLD_OUT' : 'AVAILABLE',
    },
    images: [{ url: `https://img.copperkettle.example/${product.gtin}.jpg`, role: 'main' }],
  };
}

function price(product: Product, fault: Entry['fault']): number | string | null {
  if (fault === 'price_text') return 'POA';
  return fault === 'price_missing' ? null : product.priceCents;
}
