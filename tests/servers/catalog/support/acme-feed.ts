import type { JsonObject } from '../../../../src/domain/json.ts';

/** A feed that nobody knows yet: two columns of a price list. */
export function acmeContract(changes: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: 'acme_prices',
    name: 'Prices of Acme',
    version: '1.0.0',
    status: 'draft',
    schema: [
      {
        name: 'acme_prices',
        physicalName: 'acme_raw.prices',
        logicalType: 'object',
        description: 'One row per article.',
        properties: [
          {
            name: 'sku',
            logicalType: 'string',
            physicalType: 'VARCHAR',
            required: true,
            primaryKey: true,
            primaryKeyPosition: 1,
            description: 'Article number.',
            customProperties: [{ property: 'source', value: 'Artikel' }],
          },
          {
            name: 'price',
            logicalType: 'number',
            physicalType: 'DECIMAL(12,2)',
            description: 'Net price.',
            customProperties: [{ property: 'source', value: 'Preis' }],
          },
        ],
      },
    ],
    customProperties: [
      {
        property: 'feed',
        value: { pattern: 'acme_*.csv', vendor_name: 'Acme GmbH', options: { delimiter: ';' } },
      },
      { property: 'role', value: 'product' },
      { property: 'vendorId', value: 'acme' },
      { property: 'naturalKey', value: ['sku'] },
      { property: 'notes', value: [] },
    ],
    ...changes,
  };
}

/** How its rows become exceptions of the example's own contract: any contract that is there will do. */
export function acmeMapping(changes: JsonObject = {}): JsonObject {
  return {
    kind: 'Mapping',
    id: 'acme_prices-mapping',
    version: '1.0.0',
    source: { contract: 'acme_prices', table: 'acme_raw.prices' },
    target: { contract: 'product', table: 'product_core.product' },
    sql: 'SELECT sku AS vendor_sku FROM acme_raw.prices',
    columns: [{ column: 'vendor_sku', from: ['sku'], rule: 'as it is' }],
    ...changes,
  };
}
