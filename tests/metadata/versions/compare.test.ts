import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compareVersions, raised } from '../../../src/metadata/versions/change.ts';
import { compareDocuments } from '../../../src/metadata/versions/compare-documents.ts';
import { feedText } from '../support/feed-contract.ts';

type Change = readonly [string, string];

function compared(kind: 'contract' | 'mapping' | 'policy', text: string, changes: readonly Change[]) {
  const now = changes.reduce((at, [old, next]) => {
    if (!at.includes(old)) throw new Error(`there is no ${old}`);
    return at.replace(old, next);
  }, text);
  return compareDocuments(kind, { was: parse(text), now: parse(now) });
}

const text = `apiVersion: v3.1.0
kind: DataContract
id: shop
version: 1.4.2
status: active
description: { purpose: Shows. }
schema:
  - name: orders
    physicalName: shop.orders
    description: Orders.
    properties:
      - name: id
        logicalType: string
        physicalType: VARCHAR
        required: true
        primaryKey: true
        description: Key.
        customProperties: [{ property: synonyms, value: [number] }]
      - name: day
        logicalType: date
        physicalType: DATE
        partitioned: true
        partitionKeyPosition: 1
        description: Day.
      - name: pieces
        logicalType: integer
        physicalType: INTEGER
        required: true
        unique: true
        businessName: Pieces
        description: How many.
        authoritativeDefinitions: [{ type: t, url: 'https://schema.org/a' }, { type: t, url: 'https://schema.org/b' }]
      - name: total
        logicalType: number
        physicalType: DECIMAL(10,2)
        logicalTypeOptions: { minimum: 0 }
        description: Total.
        quality:
          - { name: total_range, type: library, metric: invalidValues, mustBe: 0, arguments: { min: 0, max: 100 } }
      - name: state
        logicalType: string
        physicalType: VARCHAR
        description: State.
        quality:
          - { name: state_known, type: library, metric: invalidValues, mustBe: 0, arguments: { validValues: [open, paid] } }
      - name: box
        logicalType: object
        physicalType: JSON
        description: Box.
        properties: [{ name: width, logicalType: number }, { name: height, logicalType: number }]
    quality:
      - { name: enough, type: library, metric: rowCount, mustBeGreaterThan: 10 }
      - { name: late, type: library, metric: rowCount, mustBeLessThan: 100, severity: warning }
      - { name: sum, type: sql, query: 'SELECT count(*) FROM \${table} WHERE total < 0', mustBe: 0 }
      - { name: for_people, type: text, description: Comes on Monday. }
  - name: customers
    physicalName: shop.customers
    description: Customers.
    properties:
      - { name: id, logicalType: string, physicalType: VARCHAR, description: Key. }
slaProperties:
  - { property: retention, value: 3, unit: y }
  - { property: latency, value: 4, unit: h }
`;

interface Row {
  readonly name: string;
  readonly change: readonly Change[];
  readonly kind: 'breaking' | 'compatible' | 'documentation';
  readonly says: string;
}
const rows: readonly Row[] = [
  {
    name: 'a column is gone',
    change: [
      [
        '      - { name: id, logicalType: string, physicalType: VARCHAR, description: Key. }',
        '      - { name: no, logicalType: integer, physicalType: BIGINT, description: Number. }',
      ],
    ],
    kind: 'breaking',
    says: 'shop.customers.id: the column is gone',
  },
  {
    name: 'a column has another name, and the same business name',
    change: [['- name: pieces', '- name: quantity']],
    kind: 'breaking',
    says: 'shop.orders.pieces: the column is called quantity now',
  },
  {
    name: 'a column has another name, and the same description',
    change: [['- name: total', '- name: amount']],
    kind: 'breaking',
    says: 'shop.orders.total: the column is called amount now',
  },
  {
    name: 'a column is new',
    change: [
      [
        '    quality:\n      - { name: enough',
        '      - { name: note, logicalType: string, physicalType: VARCHAR, description: Note. }\n    quality:\n      - { name: enough',
      ],
    ],
    kind: 'compatible',
    says: 'shop.orders.note: the column is new',
  },
  {
    name: 'a wider whole number',
    change: [['physicalType: INTEGER', 'physicalType: BIGINT']],
    kind: 'compatible',
    says: 'the type was INTEGER and is BIGINT, which holds all values of before',
  },
  {
    name: 'a narrower whole number',
    change: [['physicalType: INTEGER', 'physicalType: SMALLINT']],
    kind: 'breaking',
    says: 'the type was INTEGER and is SMALLINT',
  },
  {
    name: 'a decimal of more digits',
    change: [['DECIMAL(10,2)', 'DECIMAL(12,2)']],
    kind: 'compatible',
    says: 'DECIMAL(12,2), which holds',
  },
  {
    name: 'a decimal of more places',
    change: [['DECIMAL(10,2)', 'DECIMAL(12,4)']],
    kind: 'breaking',
    says: 'the type was DECIMAL(10,2) and is DECIMAL(12,4)',
  },
  {
    name: 'a type in another spelling',
    change: [['physicalType: INTEGER', 'physicalType: int4']],
    kind: 'documentation',
    says: 'INTEGER is written int4',
  },
  {
    name: 'another logical type',
    change: [['logicalType: object\n', 'logicalType: array\n']],
    kind: 'breaking',
    says: 'logicalType was object and is array',
  },
  {
    name: 'a column that may be empty now',
    change: [['physicalType: INTEGER\n        required: true', 'physicalType: INTEGER']],
    kind: 'breaking',
    says: 'pieces: the column may be empty now',
  },
  {
    name: 'a column that is never empty now',
    change: [['physicalType: DATE', 'physicalType: DATE\n        required: true']],
    kind: 'compatible',
    says: 'day: the column is never empty now',
  },
  {
    name: 'a column that is unique no more',
    change: [['        unique: true\n', '']],
    kind: 'breaking',
    says: 'pieces: a value may stand here twice now',
  },
  {
    name: 'another key',
    change: [
      ['        primaryKey: true\n', ''],
      ['unique: true', 'unique: true\n        primaryKey: true'],
    ],
    kind: 'breaking',
    says: 'the primary key was id and is pieces',
  },
  {
    name: 'another partition',
    change: [['        partitioned: true\n        partitionKeyPosition: 1\n', '']],
    kind: 'compatible',
    says: 'the table was partitioned by day and is by nothing',
  },
  {
    name: 'a table is gone',
    change: [
      [
        '  - name: customers\n    physicalName: shop.customers',
        '  - name: people\n    physicalName: shop.people',
      ],
    ],
    kind: 'breaking',
    says: 'shop.customers: the table is gone',
  },
  {
    name: 'a table has another name',
    change: [['physicalName: shop.customers', 'physicalName: shop.clients']],
    kind: 'breaking',
    says: 'shop.customers: the table is called shop.clients now',
  },
  {
    name: 'a field of an object is gone',
    change: [[', { name: height, logicalType: number }', '']],
    kind: 'breaking',
    says: 'shop.orders.box.height: the column is gone',
  },
  {
    name: 'a column means something else',
    change: [
      [
        "[{ type: t, url: 'https://schema.org/a' }, { type: t, url: 'https://schema.org/b' }]",
        "[{ type: t, url: 'https://schema.org/c' }]",
      ],
    ],
    kind: 'breaking',
    says: 'said to be https://schema.org/a no more',
  },
  {
    name: 'a citation is taken back',
    change: [[", { type: t, url: 'https://schema.org/b' }", '']],
    kind: 'documentation',
    says: 'said to be https://schema.org/b no more',
  },
  {
    name: 'a value more is valid',
    change: [['[open, paid]', '[open, paid, late]']],
    kind: 'breaking',
    says: 'rule state_known: "late" may stand here now',
  },
  {
    name: 'a value less is valid',
    change: [['[open, paid]', '[open]']],
    kind: 'compatible',
    says: 'rule state_known: "paid" stands here no more',
  },
  {
    name: 'a smaller range',
    change: [['min: 0, max: 100', 'min: 1, max: 100']],
    kind: 'compatible',
    says: 'min was 0 and is 1',
  },
  {
    name: 'a larger range',
    change: [['min: 0, max: 100', 'min: 0, max: 101']],
    kind: 'breaking',
    says: 'max was 100 and is 101',
  },
  {
    name: 'a range without an end',
    change: [['min: 0, max: 100', 'min: 0']],
    kind: 'breaking',
    says: 'max was 100 and is not said',
  },
  {
    name: 'a tighter limit',
    change: [['mustBeGreaterThan: 10', 'mustBeGreaterOrEqualTo: 11']],
    kind: 'compatible',
    says: 'the rule is tighter: mustBeGreaterThan 10 became mustBeGreaterOrEqualTo 11',
  },
  {
    name: 'a looser limit',
    change: [['mustBeGreaterThan: 10', 'mustBeGreaterOrEqualTo: 10']],
    kind: 'breaking',
    says: 'the rule is looser',
  },
  {
    name: 'a limit from a comparison to a range',
    change: [['mustBeGreaterThan: 10', 'mustBeBetween: [11, 20]']],
    kind: 'compatible',
    says: 'the rule is tighter',
  },
  {
    name: 'a limit on the other side',
    change: [['mustBeGreaterThan: 10', 'mustBeLessThan: 10']],
    kind: 'breaking',
    says: 'the rule is another one',
  },
  {
    name: 'an exact number from a limit',
    change: [['mustBeGreaterThan: 10', 'mustBe: 12']],
    kind: 'compatible',
    says: 'the rule is tighter',
  },
  {
    name: 'a rule that is gone',
    change: [['      - { name: enough, type: library, metric: rowCount, mustBeGreaterThan: 10 }\n', '']],
    kind: 'breaking',
    says: 'rule enough: the rule is gone',
  },
  {
    name: 'a rule that is new',
    change: [
      [
        '- { name: enough',
        '- { name: most, type: library, metric: rowCount, mustBeLessThan: 9000 }\n      - { name: enough',
      ],
    ],
    kind: 'compatible',
    says: 'rule most: the rule is new',
  },
  {
    name: 'a rule of another name',
    change: [['name: enough', 'name: sufficient']],
    kind: 'documentation',
    says: 'rule enough: the rule is called sufficient now',
  },
  {
    name: 'a rule that only warns now',
    change: [['mustBeGreaterThan: 10', 'mustBeGreaterThan: 10, severity: warning']],
    kind: 'breaking',
    says: 'the rule only warns now',
  },
  {
    name: 'a warning that must hold now',
    change: [[', severity: warning', '']],
    kind: 'compatible',
    says: 'rule late: the rule must hold now',
  },
  {
    name: 'another limit of a warning',
    change: [['mustBeLessThan: 100', 'mustBeLessThan: 200']],
    kind: 'documentation',
    says: 'rule late: the rule is looser',
  },
  {
    name: 'another query',
    change: [['total < 0', 'total <= 0']],
    kind: 'breaking',
    says: 'rule sum: the rule measures something else',
  },
  {
    name: 'a rule that sets rows aside now',
    change: [
      [
        'arguments: { min: 0, max: 100 }',
        'arguments: { min: 0, max: 100 }, customProperties: [{ property: onFailure, value: quarantine }]',
      ],
    ],
    kind: 'compatible',
    says: 'on failure it was fail and is quarantine',
  },
  {
    name: 'an option of a type that is tighter',
    change: [['{ minimum: 0 }', '{ minimum: 1 }']],
    kind: 'compatible',
    says: 'minimum was 0 and is 1',
  },
  {
    name: 'an option of a type that is looser',
    change: [['{ minimum: 0 }', '{ minimum: -1 }']],
    kind: 'breaking',
    says: 'minimum was 0 and is -1',
  },
  {
    name: 'a shorter retention',
    change: [['value: 3', 'value: 2']],
    kind: 'breaking',
    says: 'sla retention: it was 3 y and is 2 y',
  },
  {
    name: 'a longer retention',
    change: [['value: 3', 'value: 5']],
    kind: 'compatible',
    says: 'sla retention: it was 3 y and is 5 y',
  },
  {
    name: 'a shorter latency',
    change: [['value: 4', 'value: 2']],
    kind: 'compatible',
    says: 'sla latency: it was 4 h and is 2 h',
  },
  {
    name: 'a promise less',
    change: [['  - { property: latency, value: 4, unit: h }\n', '']],
    kind: 'breaking',
    says: 'sla latency: the service level is promised no more',
  },
  {
    name: 'retired',
    change: [['status: active', 'status: retired']],
    kind: 'breaking',
    says: 'status was active and is retired',
  },
  {
    name: 'deprecated',
    change: [['status: active', 'status: deprecated']],
    kind: 'documentation',
    says: 'status was active and is deprecated',
  },
  {
    name: 'other words',
    change: [['description: How many.', 'description: The count.']],
    kind: 'documentation',
    says: 'shop.orders.pieces.description: description was "How many." and is "The count."',
  },
  {
    name: 'a synonym more',
    change: [['[number]', '[number, no]']],
    kind: 'documentation',
    says: 'shop.orders.id.synonyms: synonyms is written otherwise',
  },
  {
    name: 'a rule for people',
    change: [['Comes on Monday.', 'Comes on Tuesday.']],
    kind: 'documentation',
    says: 'schema.0.quality.3.description: it is written otherwise',
  },
];

const needed = { breaking: '2.0.0', compatible: '1.5.0', documentation: '1.4.3' } as const;

describe('a contract', () => {
  test.each(rows)('$name is $kind', ({ change, kind, says }) => {
    const comparison = compared('contract', text, change);
    const lines = comparison.changes.map(({ path, words }) => `${path}: ${words}`);
    expect(lines.join('\n')).toContain(says);
    expect(comparison.changes[0]?.kind).toBe(kind);
    expect(comparison.breaking).toBe(kind === 'breaking');
    expect(comparison.neededVersion).toBe(needed[kind]);
    expect(comparison.enough).toBe(false);
  });

  test('what is named in a change is named once', () => {
    const { changes } = compared('contract', text, [['- name: pieces', '- name: quantity']]);
    expect(changes).toHaveLength(1);
  });

  test('nothing has changed, or nothing but its text', () => {
    expect(compared('contract', text, []).changes).toEqual([]);
    expect(
      compared('contract', text, [['description: Orders.', "# a comment\n    description: 'Orders.'"]]),
    ).toMatchObject({
      changes: [],
      neededVersion: '1.4.2',
      enough: true,
    });
  });

  test('columns in another order are no change of what is read', () => {
    const state = text.slice(text.indexOf('      - name: state'), text.indexOf('      - name: box'));
    const { changes } = compared('contract', text, [
      [state, ''],
      ['      - name: total', `${state}      - name: total`],
    ]);
    expect(changes.map(({ kind, words }) => `${kind}: ${words}`)).toEqual([
      'documentation: the columns stand in another order',
    ]);
  });

  const versions = [
    { to: '2.0.0', enough: true },
    { to: '3.1.0', enough: true },
    { to: '1.5.0', enough: false },
    { to: '0.9.0', enough: false },
  ];
  test.each(versions)('a breaking change with version $to', ({ to, enough }) => {
    const { enough: found } = compared('contract', text, [
      ['version: 1.4.2', `version: ${to}`],
      ['        unique: true\n', ''],
    ]);
    expect(found).toBe(enough);
  });

  test('a version that went back without a change is not enough', () => {
    expect(compared('contract', text, [['version: 1.4.2', 'version: 1.4.1']]).enough).toBe(false);
  });

  const feeds: readonly Row[] = [
    {
      name: 'a source of another name',
      change: [["value: 'Artikel-Nr.'", 'value: ArtNr']],
      kind: 'compatible',
      says: 'product_raw.acme.sku: it is filled from "ArtNr" and not from "Artikel-Nr."',
    },
    {
      name: 'another delimiter',
      change: [["delimiter: ';'", "delimiter: '|'"]],
      kind: 'compatible',
      says: 'feed.options: it was',
    },
    {
      name: 'another vendor',
      change: [['vendor_name: Acme', 'vendor_name: Bcme']],
      kind: 'breaking',
      says: 'feed.vendor_name: it was "Acme" and is "Bcme"',
    },
    {
      name: 'no feed any more',
      change: [['- property: feed', '- property: former']],
      kind: 'breaking',
      says: 'feed: no file fills the table any more',
    },
  ];
  test.each(feeds)('of a feed: $name is $kind', ({ change, kind, says }) => {
    const { changes } = compared('contract', feedText, change);
    expect(changes.map(({ path, words }) => `${path}: ${words}`).join('\n')).toContain(says);
    expect(changes[0]?.kind).toBe(kind);
  });
});

describe('a mapping', () => {
  const mapping = `kind: Mapping
id: m
version: 1.0.0
source: { contract: a, table: raw.a }
target: { contract: p, table: core.p }
sql: "SELECT a AS x, 'b  b' AS y FROM raw.a"
columns:
  - { column: x, from: [a], rule: as it is }
  - { column: y, from: [], rule: constant }
`;
  const mappings: readonly Row[] = [
    {
      name: 'other SQL',
      change: [['a AS x', 'trim(a) AS x']],
      kind: 'compatible',
      says: 'sql: the SQL is another one',
    },
    {
      name: 'SQL that is set otherwise',
      change: [['SELECT a AS x,', 'SELECT  a AS x,  ']],
      kind: 'documentation',
      says: 'sql: the SQL is set otherwise',
    },
    {
      name: 'blanks inside of quotes',
      change: [["'b  b'", "'b b'"]],
      kind: 'compatible',
      says: 'sql: the SQL is another one',
    },
    {
      name: 'another target',
      change: [['table: core.p', 'table: core.q']],
      kind: 'breaking',
      says: 'target: it was core.p of p and is core.q of p',
    },
    {
      name: 'another source',
      change: [['table: raw.a', 'table: raw.b']],
      kind: 'compatible',
      says: 'source: it was raw.a of a and is raw.b of a',
    },
    {
      name: 'a column less',
      change: [['  - { column: y, from: [], rule: constant }\n', '']],
      kind: 'breaking',
      says: 'columns.y: the column is mapped no more',
    },
    {
      name: 'a rule in other words',
      change: [['rule: constant', 'rule: always the same']],
      kind: 'documentation',
      says: 'columns.y: from or rule is written otherwise',
    },
  ];
  test.each(mappings)('$name is $kind', ({ change, kind, says }) => {
    const { changes } = compared('mapping', mapping, change);
    expect(changes.map(({ path, words }) => `${path}: ${words}`).join('\n')).toContain(says);
    expect(changes[0]?.kind).toBe(kind);
  });
});

describe('a policy', () => {
  const policy = readFileSync('contracts/policies/currency.yaml', 'utf8');
  const policies: readonly Row[] = [
    {
      name: 'another number',
      change: [['rate: 0.92', 'rate: 0.93']],
      kind: 'compatible',
      says: 'tables.rates.USD.rate: it was 0.92 and is 0.93',
    },
    {
      name: 'a row less',
      change: [['currency: GBP', 'currency: GBX']],
      kind: 'breaking',
      says: 'tables.rates.GBP: the row is gone',
    },
    {
      name: 'another name of a field',
      change: [['rate: 0.92', 'factor: 0.92']],
      kind: 'breaking',
      says: 'tables.rates.USD.rate: it was 0.92 and is not said',
    },
    {
      name: 'a table of another name',
      change: [['default_currency:', 'fallback:']],
      kind: 'breaking',
      says: 'tables.default_currency: the table is gone',
    },
    {
      name: 'another rule',
      change: [['rounded half up', 'rounded half down']],
      kind: 'compatible',
      says: 'rules.convert: the rule says something else',
    },
    {
      name: 'a rule less',
      change: [['id: convert', 'id: conversion']],
      kind: 'breaking',
      says: 'rules.convert: the rule is gone',
    },
    { name: 'another title', change: [['title: ', 'title: All ']], kind: 'documentation', says: 'title' },
  ];
  test.each(policies)('$name is $kind', ({ change, kind, says }) => {
    const { changes } = compared('policy', policy, change);
    expect(changes.map(({ path, words }) => `${path}: ${words}`).join('\n')).toContain(says);
    expect(changes[0]?.kind).toBe(kind);
  });
});

const raises = [
  ['1.2.3', 'patch', '1.2.4'],
  ['1.2.3', 'minor', '1.3.0'],
  ['1.2.3', 'major', '2.0.0'],
  ['0.2.3', 'major', '0.3.0'],
  ['9.9.9', 'major', '10.0.0'],
] as const;
test.each(raises)('%s raised by a %s is %s', (version, level, next) => {
  expect(raised(version, level)).toBe(next);
  expect(compareVersions(version, next)).toBeLessThan(0);
});

test('versions are compared as numbers', () => {
  expect(compareVersions('1.10.0', '1.9.0')).toBeGreaterThan(0);
  expect(compareVersions('1.0.0', '1.0.0')).toBe(0);
});
