import { type Entry, gtin13, type Product, type Vendor, wrongGtin } from './feed.ts';
import type { Random } from './random.ts';

/** A BMEcat catalogue with its document type, as a wholesaler's ERP writes it; comes on the second day. */
export const brennhaus: Vendor = {
  file: 'brennhaus_bmecat.xml',
  vendor: 'Brennhaus \u00d6fen KG',
  format: 'XML, BMEcat with a DOCTYPE',
  plan: { missing_key: 1, missing_name: 1, price_missing: 1, superseded: 1, bad_gtin: 2 },
  count: 31,
  products,
  bytes: (entries) => {
    const text = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<!DOCTYPE BMECAT SYSTEM "bmecat_new_catalog_1_2.dtd">',
      '<BMECAT version="1.2">',
      '<HEADER><CATALOG><LANGUAGE>deu</LANGUAGE><CURRENCY>EUR</CURRENCY></CATALOG>',
      '<SUPPLIER><SUPPLIER_NAME>Brennhaus \u00d6fen KG</SUPPLIER_NAME></SUPPLIER></HEADER>',
      '<T_NEW_CATALOG>',
      ...entries.map(article),
      '</T_NEW_CATALOG>',
      '</BMECAT>',
    ];
    return Buffer.from(`${text.join('\n')}\n`, 'utf8');
  },
};

const terms = ['Kamin\u00f6fen', 'Pizza\u00f6fen', 'Feuerschalen', 'Grillzubeh\u00f6r'];
const names = ['Vesuv', 'Etna', 'Hekla', 'Rhoen', 'Vogelsberg'];
const colours = ['schwarz', 'rost', 'grau'];
const materials = ['Stahl', 'Gusseisen', 'Schamotte'];

function products(random: Random, { count, first }: { count: number; first: number }): Product[] {
  return Array.from({ length: count }, (_, place): Product => {
    const term = random.pick(terms);
    const material = random.pick(materials);
    const name = `${random.pick(names)} ${random.between(2, 9)}00`;
    return {
      sku: `BH-${7_000 + (first + place) * 5}`,
      gtin: gtin13(random),
      name,
      description: `${name}: ${term}, ${material}`,
      term,
      colour: random.pick(colours),
      material,
      priceCents: 10 * random.between(990, 320_000),
      grams: 100 * random.between(8, 1800),
      millimetres: [10 * random.between(10, 140), 10 * random.between(20, 90), 10 * random.between(20, 80)],
      stock: random.between(0, 12),
    };
  });
}

function article({ product, fault }: Entry): string {
  const [height, width, depth] = product.millimetres;
  const details: [tag: string, text: string | undefined][] = [
    ['DESCRIPTION_SHORT', fault === 'missing_name' ? undefined : product.name],
    ['DESCRIPTION_LONG', product.description],
    ['EAN', fault === 'bad_gtin' ? wrongGtin(product.gtin) : product.gtin],
    ['MANUFACTURER_NAME', 'Brennhaus'],
    ['STOCK', String(product.stock)],
  ];
  const features = [
    ['Farbe', product.colour],
    ['Material', product.material],
  ];
  const sizes = { WEIGHT_KG: product.grams / 1000, HEIGHT_MM: height, WIDTH_MM: width, DEPTH_MM: depth };
  return [
    '<ARTICLE>',
    fault === 'missing_key' ? '' : `  <SUPPLIER_AID>${product.sku}</SUPPLIER_AID>`,
    `  <ARTICLE_DETAILS>${details.map(element).join('')}</ARTICLE_DETAILS>`,
    `  <ARTICLE_FEATURES><REFERENCE_FEATURE_GROUP_NAME>${escapeXml(product.term)}</REFERENCE_FEATURE_GROUP_NAME>`,
    ...features.map(([name, value]) => `    <FEATURE>${element(['FNAME', name])}${element(['FVALUE', value])}</FEATURE>`),
    '  </ARTICLE_FEATURES>',
    fault === 'price_missing'
      ? ''
      : `  <ARTICLE_PRICE_DETAILS><ARTICLE_PRICE price_type="net_list"><PRICE_AMOUNT>${(product.priceCents / 100).toFixed(2)}</PRICE_AMOUNT><PRICE_CURRENCY>EUR</PRICE_CURRENCY></ARTICLE_PRICE></ARTICLE_PRICE_DETAILS>`,
    `  <USER_DEFINED_EXTENSIONS>${Object.entries(sizes)
      .map(([name, value]) => element([`UDX.BH.${name}`, String(value)]))
      .join('')}</USER_DEFINED_EXTENSIONS>`,
    '</ARTICLE>',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function element([tag, text]: readonly (string | undefined)[]): string {
  return text === undefined ? '' : `<${tag}>${escapeXml(text)}</${tag}>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
