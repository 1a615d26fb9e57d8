import type { MappingAnswer } from './feed-script.ts';

/** The SELECT that a good model would write: it joins the policies' tables and holds no number or word of theirs. */

/** SQL of a value, where it comes from, and the rule that says so. */
export type Column = readonly [sql: string, from: readonly string[], rule: string];

export interface MappingPlan {
  readonly table: string;
  readonly vendorId: string;
  readonly sku: string;
  readonly name: string;
  readonly rawPrice: string;
  /** Amount as DECIMAL, NULL when it cannot be read. */
  readonly amount: Column;
  /** The amount counts cents, pence and the like. */
  readonly inMinorUnits?: true;
  readonly currency: Column;
  /** The vendor's term that the policy has codes for. */
  readonly term: Column;
  readonly vendorCategory: Column;
  /** A word for it, or a count of pieces; neither: unknown. */
  readonly availability?: { readonly word: Column } | { readonly stock: Column };
  readonly weight?: { readonly value: string; readonly unit: string; readonly from: readonly string[] };
  readonly lengths?: {
    readonly height: string;
    readonly width: string;
    readonly depth: string;
    readonly unit: string;
    readonly from: readonly string[];
  };
  /** Optional canonical columns by name. */
  readonly others: Readonly<Record<string, Column>>;
  /** ` LEFT JOIN …` after the table, which is called t. */
  readonly join?: string;
  readonly notes: readonly string[];
  readonly errors?: readonly string[];
}

/** From the left of the 14 digits the weights are 3, 1, 3, 1, …; with the check digit the sum is a multiple of ten. */
export const gtinSql = (column: string): string => {
  const digit = `TRY_CAST(substr(lpad(${column}, 14, '0'), place, 1) AS INTEGER)`;
  const sum = `list_sum([${digit} * (1 + 2 * (place % 2)) FOR place IN range(1, 15)])`;
  return `CASE WHEN regexp_matches(${column}, '^([0-9]{8}|[0-9]{12,14})$') AND ${sum} % 10 = 0 THEN ${column} END`;
};

const texts = [
  'gtin',
  'mpn',
  'description',
  'brand',
  'color',
  'material',
  'country_of_origin',
  'product_url',
  'image_url',
] as const;

/** One row per bronze row: values read, converted by the policies' tables, repeated articles ranked, reasons at the end. */
export function mappingOf(plan: MappingPlan): MappingAnswer {
  const { weight, lengths, availability } = plan;
  const other = (column: string, type: string): string =>
    `CAST(${plan.others[column]?.[0] ?? 'NULL'} AS ${type}) AS ${column}`;
  const [word, stock] = [
    availability && 'word' in availability ? availability.word[0] : 'CAST(NULL AS VARCHAR)',
    availability && 'stock' in availability ? availability.stock[0] : 'CAST(NULL AS INTEGER)',
  ];
  const size = (name: 'height' | 'width' | 'depth'): string =>
    `CAST(${lengths?.[name] ?? 'NULL'} AS DECIMAL(12,3)) AS ${name}`;
  const sql = `WITH read AS (
  SELECT t._ingested_at AS loaded_at, t._ingestion_date AS price_date, t._source_file AS source_file, t._source_line AS source_line,
    trim(${plan.sku}) AS vendor_sku, nullif(trim(${plan.name}), '') AS name,
    CAST(${plan.rawPrice} AS VARCHAR) AS raw_price, CAST(${plan.amount[0]} AS DECIMAL(14,2)) AS amount,
    ${plan.currency[0]} AS price_currency, ${plan.term[0]} AS term, ${plan.vendorCategory[0]} AS vendor_category,
    ${word} AS word, ${stock} AS pieces, CAST(${weight?.value ?? 'NULL'} AS DECIMAL(12,3)) AS weight, ${weight?.unit ?? 'CAST(NULL AS VARCHAR)'} AS weight_unit,
    ${size('height')}, ${size('width')}, ${size('depth')}, ${lengths?.unit ?? 'CAST(NULL AS VARCHAR)'} AS length_unit,
    ${other('stock_quantity', 'INTEGER')},
    ${texts.map((column) => other(column, 'VARCHAR')).join(', ')}
  FROM ${plan.table} AS t${plan.join ?? ''}
), converted AS (
  SELECT read.*, CAST(${plan.inMinorUnits ? 'amount / rate.minor_units_per_major' : 'amount'} AS DECIMAL(12,2)) AS price, rate.rate,
    coalesce(code.category, (SELECT category FROM policy.categories_unknown)) AS category,
    coalesce(said.availability, counted.availability) AS availability,
    round(weight * by_weight.to_kg, 3) AS weight_kg, round(height * by_length.to_cm, 1) AS height_cm,
    round(width * by_length.to_cm, 1) AS width_cm, round(depth * by_length.to_cm, 1) AS depth_cm
  FROM read
  LEFT JOIN policy.currency_rates AS rate ON rate.currency = read.price_currency
  LEFT JOIN policy.categories_codes AS code ON list_contains(code.terms, lower(read.term))
  LEFT JOIN policy.availability_words AS said ON list_contains(said.words, replace(lower(read.word), '_', ' '))
  LEFT JOIN policy.availability_from_stock AS counted
    ON counted.stock = CASE WHEN pieces > 0 THEN 'some' WHEN pieces = 0 THEN 'none' ELSE 'not_counted' END
  LEFT JOIN policy.units_weight AS by_weight ON by_weight.unit = read.weight_unit
  LEFT JOIN policy.units_length AS by_length ON by_length.unit = read.length_unit
), ranked AS (
  SELECT converted.*, row_number() OVER (PARTITION BY vendor_sku ORDER BY loaded_at DESC, source_line DESC) AS recency FROM converted
)
SELECT '${plan.vendorId}:' || vendor_sku AS product_id, '${plan.vendorId}' AS vendor_id, vendor_sku, gtin, mpn, name, description, brand,
  category, vendor_category, color, material, country_of_origin, price, price_currency,
  CAST(round(price * rate, 2) AS DECIMAL(12,2)) AS price_reference, price_date, availability, stock_quantity,
  CAST(CASE WHEN weight_kg > 0 THEN weight_kg END AS DECIMAL(10,3)) AS weight_kg,
  CAST(CASE WHEN height_cm > 0 THEN height_cm END AS DECIMAL(10,1)) AS height_cm,
  CAST(CASE WHEN width_cm > 0 THEN width_cm END AS DECIMAL(10,1)) AS width_cm,
  CAST(CASE WHEN depth_cm > 0 THEN depth_cm END AS DECIMAL(10,1)) AS depth_cm,
  product_url, image_url, '${plan.table}' AS source_table, source_file, source_line,
  CASE WHEN recency > 1 THEN 'superseded' WHEN name IS NULL THEN 'name_missing' WHEN raw_price IS NULL THEN 'price_missing'
    WHEN price IS NULL THEN 'price_unreadable' WHEN price <= 0 THEN 'price_not_positive' END AS reason,
  raw_price
FROM ranked`;
  return { sql, columns: reviewOf(plan), notes: plan.notes, errors: plan.errors ?? [] };
}

function reviewOf(plan: MappingPlan): MappingAnswer['columns'] {
  const line = (column: string, [, from, rule]: Column) => ({ column, from: [...from], rule });
  const { weight, lengths, availability } = plan;
  const sku = plan.sku.replace(/^t\./, '');
  return [
    line('product_id', ['', [sku], 'identity: vendor_id, a colon, vendor_sku']),
    line('vendor_id', ['', [], 'identity: first word of the vendor, in lower case']),
    line('vendor_sku', ['', [sku], 'trimmed']),
    line('name', ['', [plan.name.replace(/^t\./, '')], 'trimmed; empty means nothing']),
    line('price', plan.amount),
    line('price_currency', plan.currency),
    line('price_reference', [
      '',
      [...plan.amount[1], 'policy.currency_rates.rate'],
      'currency: times the rate of the currency, 2 places',
    ]),
    line('price_date', ['', ['_ingestion_date'], 'the day on which the record came in']),
    line('category', ['', [...plan.term[1], 'policy.categories_codes.terms'], plan.term[2]]),
    line('vendor_category', plan.vendorCategory),
    line(
      'availability',
      availability
        ? 'word' in availability
          ? availability.word
          : availability.stock
        : ['', [], 'availability: the feed does not tell'],
    ),
    ...Object.entries(plan.others).map(([column, value]) => line(column, value)),
    ...(weight
      ? [line('weight_kg', ['', [...weight.from, 'policy.units_weight.to_kg'], 'units: weight'])]
      : []),
    ...(lengths
      ? ['height_cm', 'width_cm', 'depth_cm'].map((column) =>
          line(column, ['', [...lengths.from, 'policy.units_length.to_cm'], 'units: length']),
        )
      : []),
    line('source_table', ['', [], 'the bronze table']),
    line('source_file', ['', ['_source_file'], 'the file that the row came from']),
    line('source_line', ['', ['_source_line'], 'and its line']),
  ];
}
