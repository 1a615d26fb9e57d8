import { describe, expect, test } from 'vitest';
import { tableView } from '../../src/metadata/contract-view.ts';
import { fileKind } from '../../src/metadata/document-kind.ts';
import { feedView, feedViewSchema } from '../../src/metadata/feed-view.ts';
import { lakeType, logicalTypeOf, logicalTypesOf } from '../../src/metadata/lake/lake-type.ts';
import { contractSchema } from '../../src/metadata/odcs.ts';
import { readOptionsSchema } from '../../src/metadata/read-options.ts';
import { readYaml } from '../../src/metadata/read-yaml.ts';
import { normalizeType } from '../../src/servers/lake/storage/column-types.ts';
import { ingestOptions } from '../../src/servers/lake/tools/source-options.ts';
import { feedText, feedWith } from './support/feed-contract.ts';

const contractOf = (text: string) => readYaml({ file: 'a.odcs.yaml', text }, contractSchema);

test('the contract of a feed in the words of the lake', () => {
  const view = feedView(contractOf(feedText));
  expect(view).toEqual({
    contract: 'acme@1.0.0',
    table: 'product_raw.acme',
    vendor_name: 'Acme',
    pattern: 'acme_*.csv',
    ignored: [],
    max_rejected_share: 0.05,
    options: {
      format: 'csv',
      delimiter: ';',
      null_values: ['N/A'],
      columns: { sku: 'Artikel-Nr.', stock: null },
    },
    definition_columns: [
      { name: 'sku', type: 'VARCHAR', nullable: false, description: 'Article number.' },
      { name: 'stock', type: 'INTEGER', nullable: true, description: 'Pieces.' },
      { name: 'price', type: 'VARCHAR', nullable: true, description: 'As written.' },
    ],
    primary_key: [],
    partitioned_by: ['_ingestion_date', 'bucket(16, sku)'],
    rules: [
      {
        name: 'sku_form',
        metric: 'invalidValues',
        column: 'sku',
        arguments: { pattern: '^[A-Z0-9-]+$' },
        mustBe: 0,
        on_failure: 'quarantine',
      },
      { name: 'not_empty', metric: 'rowCount', mustBeGreaterThan: 0, on_failure: 'fail' },
      {
        name: 'sku_stock_once',
        metric: 'duplicateValues',
        columns: ['sku', 'stock'],
        mustBe: 0,
        on_failure: 'fail',
      },
    ],
    warning_rules: [
      {
        name: 'price_there',
        metric: 'missingValues',
        column: 'price',
        unit: 'percent',
        mustBeLessThan: 5,
        on_failure: 'warn',
      },
    ],
  });
  expect(feedViewSchema.parse(view)).toEqual(view);
  expect(ingestOptions.parse(view.options)).toEqual(view.options);
});

test('partitions of the columns, by their positions and transforms', () => {
  const view = feedView(
    contractOf(
      feedWith(
        ["      partitioned_by: [_ingestion_date, 'bucket(16, sku)']\n", ''],
        [
          'description: Pieces.\n        customProperties: [',
          'description: Pieces.\n        partitioned: true\n        partitionKeyPosition: 2\n        customProperties: [{ property: partitionTransform, value: truncate(10) }, ',
        ],
        [
          'description: As written.',
          'description: As written.\n        partitioned: true\n        partitionKeyPosition: 1',
        ],
      ),
    ),
  );
  expect(view.partitioned_by).toEqual(['price', 'truncate(10, stock)']);
});

test('a contract that says nothing of a feed has no view of one', () => {
  const text = feedWith(['- property: feed', '- property: fee']);
  expect(() => feedView(contractOf(text))).toThrow(/"acme" says nothing of a feed/);
});

const actions = [
  { written: 'severity: error', customs: '', on: 'fail' },
  { written: 'severity: warning', customs: '', on: 'warn' },
  { written: 'severity: info', customs: '', on: 'warn' },
  {
    written: 'severity: warning',
    customs: ', customProperties: [{ property: onFailure, value: fail }]',
    on: 'fail',
  },
  {
    written: 'severity: error',
    customs: ', customProperties: [{ property: onFailure, value: warn }]',
    on: 'warn',
  },
];
test.each(actions)('$written$customs is on_failure $on', ({ written, customs, on }) => {
  const contract = contractOf(
    feedWith(['unit: percent, severity: warning', `unit: percent, ${written}${customs}`]),
  );
  const [table] = contract.schema;
  const { rules, warning_rules } = tableView(table as NonNullable<typeof table>);
  const rule = [...rules, ...warning_rules].find(({ name }) => name === 'price_there');
  expect(rule?.on_failure).toBe(on);
  expect(warning_rules.some(({ name }) => name === 'price_there')).toBe(on === 'warn');
});

describe('the words of the lake', () => {
  const spellings = [
    'varchar',
    'text(20)',
    'String',
    'bool',
    'int',
    'int8',
    'long',
    'smallint',
    'float',
    'decimal',
    'numeric( 10 , 2 )',
    'DECIMAL(38)',
    'decimal(38,38)',
    'date',
    'datetime',
    'time',
    'json',
    'varchar[]',
    'decimal(5,1)[][]',
    'DECIMAL(50,2)',
    'DECIMAL(2,5)',
    'DECIMAL(0)',
    'banana',
    '',
    '[]',
    'struct(a int)',
    'varchar(x)',
    'bigint unsigned',
  ];
  test.each(spellings)('the type "%s" is one of the lake, or none, here as there', (spelling) => {
    const known = lakeType(spelling);
    if (known === undefined) {
      expect(() => normalizeType(spelling)).toThrow(`"${spelling}" is no column type of the lake.`);
      return;
    }
    expect(normalizeType(spelling)).toBe(known);
    expect(logicalTypesOf(known)).toContain(logicalTypeOf(known));
  });

  test('the options of a feed are those of ingest, which has the sources of the columns beside them', () => {
    const { columns, ...options } = ingestOptions.shape;
    expect(columns).toBeDefined();
    expect(Object.keys(readOptionsSchema.shape).sort()).toEqual(Object.keys(options).sort());
  });
});

const files = [
  { file: 'contracts/a.yaml', value: { kind: 'DataContract' }, kind: 'contract' },
  { file: 'contracts/a.odcs.yaml', value: { kind: 'DataContrat' }, kind: 'contract' },
  { file: 'contracts/a.yaml', value: { apiVersion: 'v3.1.0', kind: 'Datacontract' }, kind: 'contract' },
  { file: 'contracts/a.yaml', value: { id: 'a', version: '1.0.0', schema: [] }, kind: 'contract' },
  { file: 'contracts/a.mapping.yaml', value: { kind: 'mapping' }, kind: 'mapping' },
  { file: 'contracts/a.yaml', value: { kind: 'Mapping' }, kind: 'mapping' },
  { file: 'contracts/policies/a.yaml', value: { id: 'a' }, kind: 'policy' },
  { file: 'contracts/answer.yaml', value: { kind: 'string', id: 'string' }, kind: 'response' },
  { file: 'contracts/answer.json', value: { type: 'object', properties: { schema: {} } }, kind: 'response' },
  { file: 'contracts/count.yaml', value: 'number', kind: 'response' },
];
test.each(files)('$file with $value is a $kind', ({ file, value, kind }) => {
  expect(fileKind({ file, value })).toBe(kind);
});

test('how much of a file may be rejected is a custom property of its contract', () => {
  const withShare = (value: unknown) => ({
    ...contractOf(feedText),
    customProperties: [
      ...(contractOf(feedText).customProperties ?? []),
      { property: 'maxRejectedShare', value: value as number },
    ],
  });
  expect(feedView(contractOf(feedText)).max_rejected_share).toBe(0.05);
  expect(feedView(withShare(0.2)).max_rejected_share).toBe(0.2);
  expect(() => feedView(withShare('5 %'))).toThrow('no share of its records');
});
