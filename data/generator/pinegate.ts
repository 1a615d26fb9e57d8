import { type Entry, gtin13, type Product, type Vendor, wrongGtin } from './feed.ts';
import type { Random } from './random.ts';

/** A spreadsheet saved as CSV: a preamble above the header, N/A for nothing, pounds and ounces, a line at the end. */
export const pinegate: Vendor = {
  file: 'pinegate_products.csv',
  vendor: 'Pinegate Outfitters',
  format: 'CSV, `,`, UTF-8, preamble, N/A markers',
  plan: {
  ragged: 2,
  missing_key: 1,
  bad_type: 2,
  missing_name: 2,
  price_text: 2,
  price_missing: 2,
  superseded: 2,
  bad_gtin: 3,
},
  count: 82,
  products,
  closingLines: 1,
  bytes: (entries) => sheet(header, entries.map(cellsOf)),
};

const preamble = [
  'Pinegate Outfitters - dealer product export',
  'All prices in USD. Weights as labelled; sizes in inches.',
  '',
];
const header = [
  'Item #',
  'UPC/EAN',
  'Product Name',
  'Details',
  'Department',
  'Color',
  'Material',
  'Dealer Price',
  'Ship Weight',
  'H (in)',
  'W (in)',
  'D (in)',
  'Qty On Hand',
  'Made In',
  'Last Change',
];
const terms = ['Tents', 'Sleeping Bags', 'Backpacks', 'Camp Kitchen', 'Headlamps', 'Trekking Poles'];
const names = ['Ridge', 'Hollow', 'Switchback', 'Cairn', 'Tamarack', 'Granite'];
const colours = ['forest', 'slate', 'rust', 'navy', 'N/A'];
const materials = ['ripstop nylon', 'aluminum', 'polyester, recycled', 'steel', 'N/A'];
const countries = ['US', 'VN', 'N/A'];

function products(random: Random, { count, first }: { count: number; first: number }): Product[] {
  return Array.from({ length: count }, (_, place): Product => {
    const index = first + place;
    const term = random.pick(terms);
    const material = random.pick(materials);
    return {
      sku: `PG${String(2001 + index * 3)}-${random.pick(['A', 'B', 'C'])}`,
      gtin: gtin13(random),
      name: `${random.pick(names)} ${random.between(1, 6)} ${term}`,
      description: random.pick([
        'Lightweight, packs small',
        'Built for three seasons',
        'With "easy clip" system, tested outdoors',
        'N/A',
      ]),
      term,
      colour: random.pick(colours),
      material,
      priceCents: 100 * random.between(12, 1490) + 95,
      grams: random.between(2, 180),
      millimetres: [random.between(3, 60), random.between(3, 40), random.between(2, 30)],
      stock: random.between(0, 90),
    };
  });
}

/** The lines of the sheet as it is saved: a preamble, the header, a closing line. */
function sheet(names: readonly string[], lines: readonly (readonly string[])[]): Buffer {
  const text = [...preamble, names, ...lines, ['END OF LIST']].map((line) =>
    typeof line === 'string' ? line : line.map(quote).join(','),
  );
  return Buffer.from(`${text.join('\n')}\n`, 'utf8');
}

/**
 * What the vendor's new system writes: another name for the price, and a column that was never there.
 * Whoever loads it by the old contract finds no price.
 */
export const pinegateOfDayTwo: Vendor = {
  ...pinegate,
  bytes: (entries) =>
    sheet(
      [...header.map((name) => (name === 'Dealer Price' ? 'Net Cost' : name)), 'Hazmat'],
      entries.map((entry, index) => {
        const cells = cellsOf(entry, index);
        return cells.length === header.length ? [...cells, index % 5 === 0 ? 'Y' : 'N'] : cells;
      }),
    ),
};

function cellsOf({ product, fault }: Entry, index: number): string[] {
  const inOunces = index % 3 === 0;
  const cells = [
    fault === 'missing_key' ? '' : product.sku,
    // A spreadsheet has turned the number into scientific notation: the last digits are gone for good.
    fault === 'bad_gtin'
      ? index % 2 === 0
        ? Number(product.gtin).toExponential(5).toUpperCase()
        : wrongGtin(product.gtin)
      : product.gtin,
    fault === 'missing_name' ? 'N/A' : product.name,
    product.description,
    product.term,
    product.colour,
    product.material,
    price(product, fault),
    inOunces ? `${product.grams} oz` : `${(product.grams / 10).toFixed(1)} lb`,
    ...product.millimetres.map((size) => (size / 2).toFixed(1)),
    fault === 'bad_type' ? 'backordered' : String(product.stock),
    countries[index % 3] ?? 'N/A',
    `${String((index % 12) + 1).padStart(2, '0')}/${String((index % 28) + 1).padStart(2, '0')}/2026`,
  ];
  if (fault !== 'ragged') return cells;
  return index % 2 === 0 ? [...cells, 'discontinued', 'see catalog'] : cells.slice(0, 6);
}

function price(product: Product, fault: Entry['fault']): string {
  if (fault === 'price_text') return 'call for price';
  if (fault === 'price_missing') return 'N/A';
  return `$${(product.priceCents / 100).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',')}`;
}

function quote(cell: string): string {
  return /[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
