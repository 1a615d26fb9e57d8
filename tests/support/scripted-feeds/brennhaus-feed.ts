import { columnsFrom, type FeedScript } from './feed-script.ts';
import { gtinSql, mappingOf } from './mapping-sql.ts';

/** The vendor that begins on the second day. */
export const brennhaus: FeedScript = {
  draft: {
    id: 'brennhaus_bmecat',
    role: 'product',
    pattern: 'brennhaus_bmecat*.xml',
    vendor_name: 'Brennhaus \u00d6fen KG',
    vendor_id: 'brennhaus',
    table: 'product_raw.brennhaus_bmecat',
    description: 'One article of the BMEcat catalogue per ARTICLE element.',
    options: { format: 'xml', record_element: 'ARTICLE' },
    columns: columnsFrom(`
      supplier_aid!     | VARCHAR       | SUPPLIER_AID                                            | the vendor's article number
      description_short | VARCHAR       | ARTICLE_DETAILS.DESCRIPTION_SHORT                       | product name
      description_long  | VARCHAR       | ARTICLE_DETAILS.DESCRIPTION_LONG                        | description
      ean               | VARCHAR       | ARTICLE_DETAILS.EAN                                     | EAN
      manufacturer_name | VARCHAR       | ARTICLE_DETAILS.MANUFACTURER_NAME                       | maker
      stock             | INTEGER       | ARTICLE_DETAILS.STOCK                                   | pieces
      feature_group     | VARCHAR       | ARTICLE_FEATURES.REFERENCE_FEATURE_GROUP_NAME           | kind of product
      color             | VARCHAR       | ARTICLE_FEATURES.FEATURE.0.FVALUE                       | colour: the feature named Farbe is the first
      material          | VARCHAR       | ARTICLE_FEATURES.FEATURE.1.FVALUE                       | material: the feature named Material is the second
      price_type        | VARCHAR       | ARTICLE_PRICE_DETAILS.ARTICLE_PRICE.@price_type        | net_list
      price_amount      | VARCHAR       | ARTICLE_PRICE_DETAILS.ARTICLE_PRICE.PRICE_AMOUNT        | net list price in price_currency
      price_currency    | VARCHAR       | ARTICLE_PRICE_DETAILS.ARTICLE_PRICE.PRICE_CURRENCY      | currency of the price
      weight_kg         | DECIMAL(12,3) | USER_DEFINED_EXTENSIONS.UDX.BH.WEIGHT_KG                | weight in kg
      height_mm         | DECIMAL(12,3) | USER_DEFINED_EXTENSIONS.UDX.BH.HEIGHT_MM                | height in mm
      width_mm          | DECIMAL(12,3) | USER_DEFINED_EXTENSIONS.UDX.BH.WIDTH_MM                 | width in mm
      depth_mm          | DECIMAL(12,3) | USER_DEFINED_EXTENSIONS.UDX.BH.DEPTH_MM                 | depth in mm`),
    ignored: [],
    natural_key: ['supplier_aid'],
    partitioned_by: ['_ingestion_date', '_vendor_name'],
    notes: [
      'BMEcat with a document type; the header names the supplier and the currency.',
      'Weights are in kg, lengths in mm: the names of the fields say so. Some article numbers come twice.',
    ],
  },
  looks: [
    'SELECT supplier_aid, description_short, feature_group, price_amount, price_currency, weight_kg, height_mm, stock FROM product_raw.brennhaus_bmecat ORDER BY _source_line LIMIT 5',
    "SELECT DISTINCT price_amount FROM product_raw.brennhaus_bmecat WHERE NOT regexp_matches(coalesce(price_amount, ''), '^[0-9]+[.][0-9]{2}$')",
    'SELECT feature_group, price_currency, count(*) AS n FROM product_raw.brennhaus_bmecat GROUP BY ALL ORDER BY ALL',
  ],
  mapping: mappingOf({
    table: 'product_raw.brennhaus_bmecat',
    vendorId: 'brennhaus',
    sku: 't.supplier_aid',
    name: 't.description_short',
    rawPrice: 't.price_amount',
    amount: ['TRY_CAST(t.price_amount AS DECIMAL(14,2))', ['price_amount'], 'values: decimal point'],
    currency: ['t.price_currency', ['price_currency'], 'currency: from the feed'],
    term: ['t.feature_group', ['feature_group'], 'categories'],
    vendorCategory: ['trim(t.feature_group)', ['feature_group'], 'as written'],
    availability: { stock: ['t.stock', ['stock'], 'availability: from the stock'] },
    weight: { value: 't.weight_kg', unit: "'kg'", from: ['weight_kg'] },
    lengths: {
      height: 't.height_mm',
      width: 't.width_mm',
      depth: 't.depth_mm',
      unit: "'mm'",
      from: ['height_mm', 'width_mm', 'depth_mm'],
    },
    others: {
      gtin: [gtinSql('t.ean'), ['ean'], 'identity: right check digit or nothing'],
      description: ['trim(t.description_long)', ['description_long'], 'trimmed'],
      brand: ['trim(t.manufacturer_name)', ['manufacturer_name'], 'trimmed'],
      color: ['trim(t.color)', ['color'], 'trimmed'],
      material: ['trim(t.material)', ['material'], 'trimmed'],
      stock_quantity: ['t.stock', ['stock'], 'as it is'],
    },
    notes: [],
    errors: [
      'The policy on categories knows none of this vendor\u2019s terms: its articles get the code for unknown ones.',
    ],
  }),
};
