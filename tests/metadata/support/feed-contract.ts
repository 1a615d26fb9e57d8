import { parse, stringify } from 'yaml';
import type { Json } from './mutations.ts';

/** The contract of a feed, small and complete. */
export const feedText = `apiVersion: v3.1.0
kind: DataContract
id: acme
version: 1.0.0
status: active
customProperties:
  - property: feed
    value:
      pattern: 'acme_*.csv'
      vendor_name: Acme
      table: product_raw.acme
      options: { format: csv, delimiter: ';', null_values: [N/A] }
      partitioned_by: [_ingestion_date, 'bucket(16, sku)']
schema:
  - name: acme
    physicalName: product_raw.acme
    description: One record of the feed.
    properties:
      - name: sku
        logicalType: string
        physicalType: VARCHAR
        required: true
        description: Article number.
        customProperties: [{ property: source, value: 'Artikel-Nr.' }]
        quality:
          - name: sku_form
            type: library
            metric: invalidValues
            arguments: { pattern: '^[A-Z0-9-]+$' }
            mustBe: 0
            customProperties: [{ property: onFailure, value: quarantine }]
      - name: stock
        logicalType: integer
        physicalType: INTEGER
        description: Pieces.
        customProperties: [{ property: source, value: null }]
      - name: price
        logicalType: string
        physicalType: VARCHAR
        description: As written.
        quality:
          - { name: price_there, type: library, metric: missingValues, mustBeLessThan: 5, unit: percent, severity: warning }
    quality:
      - { name: not_empty, type: library, metric: rowCount, mustBeGreaterThan: 0 }
      - { name: sku_stock_once, type: library, metric: duplicateValues, arguments: { properties: [sku, stock] }, mustBe: 0 }
      - { name: for_people, type: text, description: Comes every Monday. }
`;

export const feedDocument = (): Json => parse(feedText);

/** The contract with one text taken for another, which must be there. */
export function feedWith(...replacements: readonly (readonly [string, string])[]): string {
  return replacements.reduce((text, [old, now]) => {
    if (!text.includes(old)) throw new Error(`the contract has no ${old}`);
    return text.replace(old, now);
  }, feedText);
}

export const yamlOf = (document: Json): string => stringify(document);
