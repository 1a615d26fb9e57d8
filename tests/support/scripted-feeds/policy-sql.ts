import type { ModelRequest } from '../../../src/domain/model.ts';
import { yamlSection } from './conversation.ts';
import type { Mapping } from './feed-script.ts';

/** SQL out of the policies that the prompt quotes: what a model writes when it copies their numbers and words. */

type Row = Readonly<Record<string, string | number | readonly string[]>>;
export type Policies = ReadonlyMap<string, Readonly<Record<string, readonly Row[]>>>;

export function policiesIn(request: ModelRequest): Policies {
  const policies = yamlSection(request, 'Policies of the business') as {
    id: string;
    tables?: Record<string, Row[]>;
  }[];
  return new Map(policies.map(({ id, tables = {} }) => [id, tables]));
}

function rows(policies: Policies, topic: string, table: string): readonly Row[] {
  const found = policies.get(topic)?.[table];
  if (!found) throw new Error(`The prompt has no policy table ${topic}.${table}.`);
  return found;
}

const quoted = (text: string | number): string => `'${String(text).replaceAll("'", "''")}'`;

export function rateSql(policies: Policies, currency: string): string {
  const cases = rows(policies, 'currency', 'rates').map(
    (row) => `WHEN ${quoted(row['currency'] as string)} THEN ${row['rate']}`,
  );
  return `CASE ${currency} ${cases.join(' ')} END`;
}

export function factorSql(
  policies: Policies,
  { unit, kind }: { unit: string; kind: 'weight' | 'length' },
): string {
  const factor = kind === 'weight' ? 'to_kg' : 'to_cm';
  const cases = rows(policies, 'units', kind).map(
    (row) => `WHEN ${quoted(row['unit'] as string)} THEN ${row[factor]}`,
  );
  return `CASE ${unit} ${cases.join(' ')} END`;
}

/** Only the codes that the feed's own terms lead to: a person would not copy the rest either. */
export function categorySql(
  policies: Policies,
  { term, codes }: { term: string; codes: readonly string[] },
): string {
  const wanted = rows(policies, 'categories', 'codes').filter((row) =>
    codes.includes(row['category'] as string),
  );
  const cases = wanted.map(
    (row) =>
      `WHEN lower(${term}) IN (${(row['terms'] as readonly string[]).map(quoted).join(', ')}) THEN ${quoted(row['category'] as string)}`,
  );
  return `CASE ${cases.join(' ')} ELSE 'other' END`;
}

export function availabilityWordsSql(policies: Policies, word: string): string {
  const cases = rows(policies, 'availability', 'words').map(
    (row) =>
      `WHEN replace(lower(${word}), '_', ' ') IN (${(row['words'] as readonly string[]).map(quoted).join(', ')}) THEN ${quoted(row['availability'] as string)}`,
  );
  return `CASE ${cases.join(' ')} ELSE 'unknown' END`;
}

export const availabilityFromStock = (stock: string): string =>
  `CASE WHEN ${stock} > 0 THEN 'in_stock' WHEN ${stock} = 0 THEN 'out_of_stock' ELSE 'unknown' END`;

/** From the left of the 14 digits the weights are 3, 1, 3, 1, …; with the check digit the sum is a multiple of ten. */
export const gtinSql = (column: string): string => {
  const digit = `TRY_CAST(substr(lpad(${column}, 14, '0'), place, 1) AS INTEGER)`;
  const sum = `list_sum([${digit} * (1 + 2 * (place % 2)) FOR place IN range(1, 15)])`;
  return `CASE WHEN regexp_matches(${column}, '^([0-9]{8}|[0-9]{12,14})$') AND ${sum} % 10 = 0 THEN ${column} END`;
};

/** SQL of a canonical column, where it comes from, and the rule that says so. */
export type Column = readonly [sql: string, from: string, rule: string];

export interface MappingPlan {
  readonly table: string;
  readonly vendorId: string;
  readonly sku: string;
  readonly name: string;
  readonly rawPrice: string;
  /** Amount in major units as DECIMAL, NULL when it cannot be read. */
  readonly price: Column;
  readonly currency: Column;
  readonly category: Column;
  readonly vendorCategory: Column;
  readonly availability: Column;
  /** Optional canonical columns by name. */
  readonly others: Readonly<Record<string, Column>>;
  /** ` LEFT JOIN …` after the table, which is called t. */
  readonly join?: string;
  readonly notes: readonly string[];
  readonly errors?: readonly string[];
}

const optional: readonly (readonly [column: string, type: string])[] = [
  ['gtin', 'VARCHAR'],
  ['mpn', 'VARCHAR'],
  ['description', 'VARCHAR'],
  ['brand', 'VARCHAR'],
  ['color', 'VARCHAR'],
  ['material', 'VARCHAR'],
  ['country_of_origin', 'VARCHAR'],
  ['stock_quantity', 'INTEGER'],
  ['weight_kg', 'DECIMAL(10,3)'],
  ['height_cm', 'DECIMAL(10,1)'],
  ['width_cm', 'DECIMAL(10,1)'],
  ['depth_cm', 'DECIMAL(10,1)'],
  ['product_url', 'VARCHAR'],
  ['image_url', 'VARCHAR'],
];

/** One row per bronze row: values read in `read`, repeated articles ranked in `ranked`, reasons and columns at the end. */
export function mappingOf(policies: Policies, plan: MappingPlan): Mapping {
  const other = (column: string, type: string): string => {
    const [sql] = plan.others[column] ?? [];
    return `CAST(${sql ?? 'NULL'} AS ${type}) AS ${column}`;
  };
  const sql = `WITH read AS (
  SELECT t._source_line AS source_line, trim(${plan.sku}) AS vendor_sku, nullif(trim(${plan.name}), '') AS name,
    CAST(${plan.rawPrice} AS VARCHAR) AS raw_price,
    CAST(${plan.price[0]} AS DECIMAL(12,2)) AS price, ${plan.currency[0]} AS price_currency,
    ${plan.category[0]} AS category, ${plan.vendorCategory[0]} AS vendor_category,
    ${plan.availability[0]} AS availability,
    ${optional.map(([column, type]) => other(column, type)).join(',\n    ')}
  FROM ${plan.table} AS t${plan.join ?? ''}
), ranked AS (
  SELECT read.*, row_number() OVER (PARTITION BY vendor_sku ORDER BY source_line DESC) AS recency FROM read
)
SELECT '${plan.vendorId}:' || vendor_sku AS product_id, '${plan.vendorId}' AS vendor_id, vendor_sku, gtin, mpn, name, description, brand,
  category, vendor_category, color, material, country_of_origin, price, price_currency,
  CAST(round(price * ${rateSql(policies, 'price_currency')}, 2) AS DECIMAL(12,2)) AS price_reference,
  availability, stock_quantity,
  CASE WHEN weight_kg > 0 THEN weight_kg END AS weight_kg, CASE WHEN height_cm > 0 THEN height_cm END AS height_cm,
  CASE WHEN width_cm > 0 THEN width_cm END AS width_cm, CASE WHEN depth_cm > 0 THEN depth_cm END AS depth_cm,
  product_url, image_url, '${plan.table}' AS source_table,
  CASE WHEN recency > 1 THEN 'superseded' WHEN name IS NULL THEN 'name_missing' WHEN raw_price IS NULL THEN 'price_missing'
    WHEN price IS NULL THEN 'price_unreadable' WHEN price <= 0 THEN 'price_not_positive' END AS reason,
  raw_price
FROM ranked`;
  return { sql, columns: reviewOf(plan), notes: plan.notes, errors: plan.errors ?? [] };
}

function reviewOf(plan: MappingPlan): Mapping['columns'] {
  const line = (column: string, [, from, rule]: Column) => ({ column, from, rule });
  return [
    { column: 'product_id', from: plan.sku, rule: 'identity: vendor_id, a colon, vendor_sku' },
    { column: 'vendor_id', from: '', rule: 'identity: first word of the vendor, in lower case' },
    { column: 'vendor_sku', from: plan.sku, rule: 'trimmed' },
    { column: 'name', from: plan.name, rule: 'trimmed; empty means nothing' },
    line('price', plan.price),
    line('price_currency', plan.currency),
    { column: 'price_reference', from: 'price', rule: 'currency: times the rate of the currency, 2 places' },
    line('category', plan.category),
    line('vendor_category', plan.vendorCategory),
    line('availability', plan.availability),
    ...Object.entries(plan.others).map(([column, value]) => line(column, value)),
    { column: 'source_table', from: '', rule: 'the bronze table' },
  ];
}
