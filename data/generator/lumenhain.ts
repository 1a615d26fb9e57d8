import { type Entry, gtin13, type Product, type Vendor, wrongGtin } from './feed.ts';
import type { Random } from './random.ts';

/** German price list out of an old ERP: semicolons, Latin-1, decimal commas, no quotes at all, CRLF. */
export const lumenhain: Vendor = {
  file: 'lumenhain_preisliste.csv',
  vendor: 'Lumenhain Leuchten GmbH',
  format: 'CSV, `;`, Latin-1, decimal comma',
  plan: {
  ragged: 3,
  missing_key: 2,
  bad_type: 2,
  missing_name: 1,
  price_text: 4,
  superseded: 3,
  bad_gtin: 4,
},
  count: 93,
  products,
  bytes: (entries) => {
    const lines = [header.join(';'), ...entries.map((entry, index) => line(entry, index))];
    return Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
  },
};

const header = [
  'Artikelnummer',
  'EAN',
  'Bezeichnung',
  'Beschreibung',
  'Warengruppe',
  'Farbe',
  'Werkstoff',
  'Preis_EUR',
  'Gewicht_kg',
  'H\u00f6he_cm',
  'Breite_cm',
  'Tiefe_cm',
  'Bestand',
  'Ursprungsland',
];
const terms = [
  'Pendelleuchte',
  'Stehleuchte',
  'Tischleuchte',
  'Wandleuchte',
  'Au\u00dfenleuchte',
  'Leuchtmittel',
];
const names = [
  'F\u00f6hr',
  'Gr\u00f6de',
  'Sp\u00e4tlicht',
  'Morgenr\u00f6te',
  'D\u00fcne',
  'K\u00fcste',
  'Wei\u00dfdorn',
  'Birke',
];
const colours = ['schwarz', 'wei\u00df', 'messing', 'gr\u00fcn', 'anthrazit'];
const materials = ['Stahl', 'Glas', 'Holz', 'Messing', 'Porzellan'];

function products(random: Random, { count, first }: { count: number; first: number }): Product[] {
  return Array.from({ length: count }, (_, place): Product => {
    const index = first + place;
    const term = random.pick(terms);
    const colour = random.pick(colours);
    const material = random.pick(materials);
    const name = `${term} ${random.pick(names)} ${random.between(1, 9)}0`;
    return {
      sku: `LH-${10_100 + index * 7}`,
      gtin: gtin13(random),
      name,
      description: `${name}, ${material} ${colour}, dimmbar, gepr\u00fcft`,
      term,
      colour,
      material,
      priceCents: 10 * random.between(190, 28_900) + 9,
      grams: 10 * random.between(8, 960),
      millimetres: [random.between(80, 1800), random.between(60, 700), random.between(60, 700)],
      stock: random.between(0, 240),
    };
  });
}

function line({ product, fault }: Entry, index: number): string {
  const cells = [
    fault === 'missing_key' ? '' : product.sku,
    fault === 'bad_gtin' ? wrongGtin(product.gtin) : product.gtin,
    fault === 'missing_name' ? '' : product.name,
    product.description,
    product.term,
    product.colour,
    product.material,
    fault === 'price_text' ? 'auf Anfrage' : german(product.priceCents, 2),
    german(product.grams, 3),
    ...product.millimetres.map((size) => german(size, 1)),
    fault === 'bad_type' ? 'ca. 20' : String(product.stock),
    'DE',
  ];
  if (fault !== 'ragged') return cells.join(';');
  return index % 3 === 0
    ? cells.slice(0, 9).join(';')
    : [...cells.slice(0, 4), 'mit Schalter', 'E27', ...cells.slice(4)].join(';');
}

/** 1234567 with 2 places is `12.345,67`. */
function german(units: number, places: number): string {
  const text = String(units).padStart(places + 1, '0');
  const whole = text.slice(0, -places).replace(/\B(?=(\d{3})+$)/g, '.');
  return `${whole},${text.slice(-places)}`;
}
