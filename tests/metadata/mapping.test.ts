import { expect, test } from 'vitest';
import { mappingSchema } from '../../src/metadata/mapping.ts';
import { checkMapping } from '../../src/metadata/mappings/check-mapping.ts';
import { contractSchema } from '../../src/metadata/odcs.ts';
import { readPlaced, readYaml } from '../../src/metadata/read-yaml.ts';
import { feedText } from './support/feed-contract.ts';

const target = `apiVersion: v3.1.0
kind: DataContract
id: product
version: 1.0.0
status: active
schema:
  - name: product
    physicalName: product_core.product
    description: Products.
    properties:
      - { name: product_id, logicalType: string, physicalType: VARCHAR, required: true, description: Key. }
      - { name: price, logicalType: number, physicalType: 'DECIMAL(12,2)', required: true, description: Price. }
      - { name: color, logicalType: string, physicalType: VARCHAR, description: Colour. }
`;
const mapping = `kind: Mapping
id: acme-products
version: 1.0.0
source: { contract: acme, table: product_raw.acme }
target: { contract: product, table: product_core.product }
sql: |
  -- keys first
  SELECT 'acme:' || sku AS product_id, price * rate AS price
  FROM product_raw.acme JOIN policy.currency_rates USING (currency)
columns:
  - { column: product_id, from: [sku, _vendor_name], rule: 'identity: key' }
  - { column: price, from: [price, policy.currency_rates.rate, product_raw.acme.price], rule: 'currency: convert' }
`;
const file = 'contracts/feeds/acme.mapping.yaml';
const contracts = [feedText, target].map((text) => readYaml({ file: 'c.odcs.yaml', text }, contractSchema));

function problems(text: string): string[] {
  const read = readPlaced({ file, text }, mappingSchema);
  return checkMapping(read, contracts).map(
    ({ location: { line, column }, message, hint }) => `${line}:${column} ${message} | ${hint}`,
  );
}

test('a mapping that fits its contracts', () => {
  expect(problems(mapping)).toEqual([]);
});

const spoiled = [
  {
    name: 'a required column without a rule',
    change: ["  - { column: product_id, from: [sku, _vendor_name], rule: 'identity: key' }\n", ''],
    says: '11:3 The required column "product_id" of product_core.product is not mapped. | add `- { column: product_id',
  },
  {
    name: 'a column that the target does not have',
    change: ['{ column: price,', '{ column: prize,'],
    says: '12:15 product_core.product has no column "prize". | did you mean "price"?',
  },
  {
    name: 'a column that is mapped twice',
    change: ['{ column: product_id,', '{ column: price,'],
    says: '12:15 The column "price" is mapped for the second time.',
  },
  {
    name: 'a column that the source does not have',
    change: ['from: [sku, ', 'from: [skuu, '],
    says: '11:34 product_raw.acme has no column "skuu". | did you mean "sku"?',
  },
  {
    name: 'a name with too few parts',
    change: ['policy.currency_rates.rate', 'currency_rates.rate'],
    says: '12:36 "currency_rates.rate" names no column. | a column of another table is written schema.table.column',
  },
  {
    name: 'a contract that is not there',
    change: ['contract: acme,', 'contract: acmee,'],
    says: '4:21 There is no contract "acmee". | did you mean "acme"?',
  },
  {
    name: 'a table that its contract does not have',
    change: ['table: product_core.product }', 'table: product_core.produkt }'],
    says: '5:37 The contract "product" has no table product_core.produkt. | did you mean "product_core.product"?',
  },
  {
    name: 'SQL that does something with the rows',
    change: ["SELECT 'acme", "INSERT INTO x SELECT 'acme"],
    says: '6:6 The SQL of a mapping is one SELECT.',
  },
] as const;
test.each(spoiled)('$name', ({ change: [old, now], says }) => {
  expect(mapping).toContain(old);
  expect(problems(mapping.replace(old, now)).join('\n')).toContain(says);
});

const misshapen = [
  {
    name: 'an unknown key',
    change: ['version: 1.0.0', 'verison: 1.0.0'],
    says: /mapping\.yaml:3:1 unknown key "verison"/,
  },
  {
    name: 'a version of two numbers',
    change: ['version: 1.0.0', "version: '1.0'"],
    says: /mapping\.yaml:3:10 "version" is not valid/,
  },
  { name: 'no columns', change: ['columns:', 'colums:'], says: /"columns" is missing/ },
] as const;
test.each(misshapen)('$name is refused with its place', ({ change: [old, now], says }) => {
  expect(() => readPlaced({ file, text: mapping.replace(old, now) }, mappingSchema)).toThrow(says);
});
