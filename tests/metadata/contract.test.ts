import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { demands } from '../../src/metadata/lake/demand.ts';
import { contractSchema } from '../../src/metadata/odcs.ts';
import { DocumentError } from '../../src/metadata/problem.ts';
import { readYaml } from '../../src/metadata/read-yaml.ts';
import { feedDocument, feedText, feedWith } from './support/feed-contract.ts';
import { type Json, mutationsOf, pathsOf } from './support/mutations.ts';
import { hasOfficialSchema, officialVerdict, skipMessage } from './support/official-schema.ts';

const file = 'contracts/acme.odcs.yaml';

function problems(text: string): string[] {
  try {
    readYaml({ file, text }, contractSchema);
    return [];
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return error.problems.map(
      ({ location: { line, column }, message, hint }) =>
        `${line}:${column} ${message}${hint ? ` | ${hint}` : ''}`,
    );
  }
}

test('the feed that the other tests spoil is right', () => {
  expect(problems(feedText)).toEqual([]);
});

interface Spoiled {
  readonly name: string;
  readonly change: readonly (readonly [string, string])[];
  readonly says: readonly string[];
}

const spoiled: readonly Spoiled[] = [
  {
    name: 'a decimal of too many digits',
    change: [['physicalType: INTEGER', 'physicalType: DECIMAL(50,2)']],
    says: [
      '34:23 acme.stock: "DECIMAL(50,2)" is no column type of the lake. | a DECIMAL has at most 38 digits: write DECIMAL(38,2).',
    ],
  },
  {
    name: 'more places than digits',
    change: [['physicalType: INTEGER', 'physicalType: DECIMAL(2,5)']],
    says: [
      '34:23 acme.stock: "DECIMAL(2,5)" is no column type of the lake. | of DECIMAL(digits,places) the digits count all, places included: DECIMAL(5,5) holds the most.',
    ],
  },
  {
    name: 'no type at all',
    change: [['physicalType: INTEGER', 'physicalType: banana']],
    says: ['34:23 acme.stock: "banana" is no column type of the lake. | The lake has VARCHAR,'],
  },
  {
    name: 'a type that is nearly one',
    change: [['physicalType: INTEGER', 'physicalType: INTEGR']],
    says: ['| did you mean INTEGER?'],
  },
  {
    name: 'logical and physical type that contradict each other',
    change: [['logicalType: integer', 'logicalType: date']],
    says: [
      '33:22 acme.stock: logicalType date contradicts physicalType INTEGER. | INTEGER is `logicalType: integer`.',
    ],
  },
  {
    name: 'a logical type that the standard does not have',
    change: [['logicalType: integer', 'logicalType: intger']],
    says: ['33:22 acme.stock: "logicalType" must be one of string, date,', '| did you mean "integer"?'],
  },
  {
    name: 'a key that may be empty',
    change: [['description: Pieces.', 'description: Pieces.\n        primaryKey: true']],
    says: ['36:21 acme.stock: "stock" is part of the primary key and may be empty. | add `required: true`'],
  },
  {
    name: 'a key with a hole',
    change: [
      [
        'description: Article number.',
        'description: Article number.\n        primaryKey: true\n        primaryKeyPosition: 1',
      ],
      [
        'description: Pieces.',
        'description: Pieces.\n        required: true\n        primaryKey: true\n        primaryKeyPosition: 3',
      ],
    ],
    says: [
      '40:29 acme.stock: the positions must be 1 to 2 without gaps, not sku 1, stock 3. | set primaryKeyPosition of "stock" to 2.',
    ],
  },
  {
    name: 'a partition position without a partition',
    change: [['description: Pieces.', 'description: Pieces.\n        partitionKeyPosition: 1']],
    says: ['36:31 acme.stock: "stock" has a partitionKeyPosition and is not partitioned.'],
  },
  {
    name: 'a partition with a gap',
    change: [
      ["      partitioned_by: [_ingestion_date, 'bucket(16, sku)']\n", ''],
      [
        'description: Article number.',
        'description: Article number.\n        partitioned: true\n        partitionKeyPosition: 2',
      ],
    ],
    says: ['the positions must be 1 without gaps, not sku 2'],
  },
  {
    name: 'a column that stands here twice',
    change: [['- name: stock', '- name: sku']],
    says: ['32:15 acme.sku: the column "sku" stands here for the second time, column 1 has this name too.'],
  },
  {
    name: 'a column of another name in the lake',
    change: [['- name: stock', '- name: stock\n        physicalName: Stock']],
    says: ['33:23 acme.stock: the column is "stock" and its physicalName "Stock".'],
  },
  {
    name: 'a name that SQL would have to quote',
    change: [['- name: stock', '- name: Stock On Hand']],
    says: [
      '32:15 acme.Stock On Hand: "name" is not valid: the text "Stock On Hand". | it has to be: lower-case letters',
    ],
  },
  {
    name: 'a rule about a column that is not there',
    change: [['properties: [sku, stock]', 'properties: [sku, stok]']],
    says: ['about "stok", which is no column of the table. | did you mean "stock"?'],
  },
  {
    name: 'a placeholder that stands for nothing',
    change: [
      [
        '- { name: not_empty, type: library, metric: rowCount, mustBeGreaterThan: 0 }',
        `- { name: not_empty, type: sql, query: "SELECT count(*) FROM ${'$'}{tabel} WHERE ${'$'}{column} < 0", mustBe: 0 }`,
      ],
    ],
    says: [
      '{tabel} stands for nothing here. | write ',
      '{column} stands for nothing here. | a rule of a whole table has no column',
    ],
  },
  {
    name: 'a rule of a table that counts rows of no column',
    change: [['metric: duplicateValues, arguments: { properties: [sku, stock] }', 'metric: duplicateValues']],
    says: ['the rule "sku_stock_once" counts duplicateValues and does not say of which column.'],
  },
  {
    name: 'a rule that does not say what is valid',
    change: [["            arguments: { pattern: '^[A-Z0-9-]+$' }\n", '']],
    says: ['the rule "sku_form" does not say what is valid. | add `arguments:`'],
  },
  {
    name: 'a rule of a whole table that sets rows aside',
    change: [
      [
        'metric: rowCount, mustBeGreaterThan: 0',
        'metric: rowCount, mustBeGreaterThan: 0, customProperties: [{ property: onFailure, value: quarantine }]',
      ],
    ],
    says: ['the rule "not_empty" cannot set rows aside: a row count says nothing about single rows.'],
  },
  {
    name: 'an unknown action',
    change: [['value: quarantine', 'value: ignore']],
    says: ['onFailure cannot be "ignore". | write fail, quarantine, warn.'],
  },
  {
    name: 'two comparisons',
    change: [['metric: rowCount, mustBeGreaterThan: 0', 'metric: rowCount, mustBeGreaterThan: 0, mustBe: 7']],
    says: ['has mustBe and mustBeGreaterThan: a rule compares once.'],
  },
  {
    name: 'a rule of the same name',
    change: [['name: sku_stock_once', 'name: sku_form']],
    says: ['the rule "sku_form" stands here for the second time.'],
  },
  {
    name: 'a misspelt key, and one that is missing',
    change: [
      ['description: Pieces.', 'descripton: Pieces.'],
      ['status: active\n', ''],
    ],
    says: [
      '34:9 acme.stock: unknown key "descripton". | did you mean "description"? Known keys: name,',
      '1:1 "status" is missing. | add `status:` here.',
    ],
  },
  {
    name: 'a column without a description',
    change: [['        description: Pieces.\n', '']],
    says: ['32:9 acme.stock: "description" is missing.'],
  },
  {
    name: 'a version of two numbers',
    change: [['version: 1.0.0', 'version: "1.0"']],
    says: ['4:10 "version" is not valid: the text "1.0". | it has to be: three numbers, as 1.0.0.'],
  },
  {
    name: 'an id that is no part of a name',
    change: [['id: acme', 'id: a@b']],
    says: ['3:5 "id" is not valid'],
  },
  {
    name: 'a feed with an unknown option',
    change: [["delimiter: ';'", "delimeter: ';'"]],
    says: ['12:31 feed.options: unknown key "delimeter" of a feed. | did you mean "delimiter"?'],
  },
  {
    name: 'a feed with the sources of columns in its options',
    change: [["delimiter: ';'", 'columns: { sku: Nr }']],
    says: ['the sources of columns do not stand here. | give each column its own'],
  },
  {
    name: 'a feed without a vendor',
    change: [['      vendor_name: Acme\n', '']],
    says: ['9:7 feed: "vendor_name"'],
  },
  {
    name: 'a feed with a pattern that holds braces',
    change: [["pattern: 'acme_*.csv'", "pattern: '{acme,bolt}.csv'"]],
    says: [
      '9:16 feed: the pattern "{acme,bolt}.csv" holds "{": a pattern is made of *, ? and ** and of characters that stand for themselves. | write ? for a character',
    ],
  },
  {
    name: 'a feed into a curated table',
    change: [
      ['physicalName: product_raw.acme', 'physicalName: product_core.acme'],
      ['      table: product_raw.acme\n', ''],
    ],
    says: [
      '15:19 acme: files are loaded into a bronze table, and product_core.acme is none. | its schema ends with _raw: product_raw.acme.',
    ],
  },
  {
    name: 'a feed into another table than the contract has',
    change: [['table: product_raw.acme', 'table: product_raw.acmee']],
    says: [
      '11:14 feed: the feed fills product_raw.acmee, and the table of the contract is product_raw.acme.',
    ],
  },
  {
    name: 'a partition of the feed by a column that is not there',
    change: [['bucket(16, sku)', 'bucket(16, skew)']],
    says: ['"skew" is no column of the table. | did you mean "sku"?'],
  },
  {
    name: 'a partition of the feed that is no transform',
    change: [['bucket(16, sku)', 'bucket(sku)']],
    says: ['"bucket(sku)" is no partition.'],
  },
  {
    name: 'a source that is a number',
    change: [["value: 'Artikel-Nr.'", 'value: 3']],
    says: ['the source of "sku" cannot be 3.'],
  },
  {
    name: 'version 2 of the standard',
    change: [['apiVersion: v3.1.0', 'apiVersion: v2.2.2']],
    says: ['1:13 "apiVersion" must be one of v3.1.0, v3.0.2, v3.0.1, v3.0.0, not the text "v2.2.2".'],
  },
  {
    name: 'a version of the standard that there is not: only what is accepted is offered',
    change: [['apiVersion: v3.1.0', 'apiVersion: v3.9.0']],
    says: [
      '1:13 "apiVersion" must be one of v3.1.0, v3.0.2, v3.0.1, v3.0.0, not the text "v3.9.0". | did you mean "v3.',
    ],
  },
  {
    name: 'a version that YAML reads as a number',
    change: [['version: 1.0.0', 'version: 1.0']],
    says: ['4:10 "version" must be text, not 1. | quote it and give three numbers: "1.0.0".'],
  },
  {
    name: 'a pattern that is no regular expression',
    change: [["pattern: '^[A-Z0-9-]+$'", "pattern: '(['"]],
    says: ['the pattern "([" is no regular expression. | close each bracket'],
  },
  {
    name: 'a pattern that DuckDB does not read',
    change: [["pattern: '^[A-Z0-9-]+$'", "pattern: '(?=a)b'"]],
    says: ['the pattern "(?=a)b" holds "(?=", which DuckDB does not read.'],
  },
  ...['DELETE FROM x', 'SELECT 1; DROP TABLE x', '', '-- select\nPRAGMA x'].map((query) => ({
    name: `a query that is no single SELECT: ${JSON.stringify(query)}`,
    change: [
      [
        '- { name: not_empty, type: library, metric: rowCount, mustBeGreaterThan: 0 }',
        `- { name: not_empty, type: sql, query: ${JSON.stringify(query)}, mustBe: 0 }`,
      ] as const,
    ],
    says: [query.includes(';') ? 'the query holds more than one statement.' : 'the query is no SELECT.'],
  })),
];

test.each(spoiled)('$name', ({ change, says }) => {
  const found = problems(feedWith(...change)).join('\n');
  for (const words of says) expect(found).toContain(words);
});

const readable = [
  '[(]',
  '[](]',
  '[[:alpha:]]+',
  '(?i)abc',
  '(?P<year>\\d{4})',
  '\\([^)]*\\)',
  '[^]]x',
  '\\Q(\\E',
  '(?i:a)|b',
  '\\pL+',
  '[\\]]',
];
test.each(readable)('the pattern %s is one of DuckDB', (pattern) => {
  expect(problems(feedWith(["'^[A-Z0-9-]+$'", `'${pattern}'`]))).toEqual([]);
});

test.each([
  'with a as (select 1) select * from a;',
  "/* ; */ SELECT ';x' FROM t -- ; y",
  '(SELECT 1)',
  ' \n Select(1)',
])('the query %j is one SELECT', (query) => {
  const rule = `- { name: not_empty, type: sql, query: ${JSON.stringify(query)}, mustBe: 0 }`;
  const library = '- { name: not_empty, type: library, metric: rowCount, mustBeGreaterThan: 0 }';
  expect(problems(feedWith([library, rule]))).toEqual([]);
});

test('all problems are told at once, by line, and as data', () => {
  const text = feedWith(
    ['physicalType: INTEGER', 'physicalType: banana'],
    ["delimiter: ';'", "delimeter: ';'"],
  );
  try {
    readYaml({ file, text }, contractSchema);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({
      code: 'DEFINITION_INVALID',
      location: { file, line: 12, column: 31 },
      details: [
        { line: 12, path: 'customProperties.0.value.options.delimeter' },
        { line: 34, path: 'schema.0.properties.1.physicalType' },
      ],
    });
    expect(String((error as Error).message).split('\n')).toHaveLength(2);
  }
});

const broken = [
  { name: 'no YAML', text: 'a: [1', says: /^contracts\/acme\.odcs\.yaml:1:\d+ / },
  { name: 'a key that stands here twice', text: 'a: 1\na: 2\n', says: /:2:1 .*unique/ },
  { name: 'two documents', text: 'a: 1\n---\nb: 2\n', says: /acme\.odcs\.yaml:/ },
  {
    name: 'a tag that makes something else of a value',
    text: 'a: !!binary x\nb: !strange y\n',
    says: /:2:4 /,
  },
  { name: 'deep nesting', text: '['.repeat(100_000), says: /nested too deeply|acme/ },
  { name: 'aliases of aliases', text: bomb(), says: /alias/ },
  { name: 'a list', text: '- 1\n', says: /must be a map, not a list/ },
  { name: 'nothing', text: '', says: /must be a map, not empty/ },
];
test.each(broken)('$name is an error with its place', ({ text, says }) => {
  expect(() => readYaml({ file, text }, contractSchema)).toThrow(says);
});

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level += 1)
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  return lines.join('\n');
}

if (!hasOfficialSchema) test.skip(skipMessage, () => undefined);

describe.runIf(hasOfficialSchema)('where the lake asks for more than the standard', () => {
  const documents = [
    {
      name: 'the contract of every field',
      document: parse(readFileSync('tests/metadata/fixtures/everything.odcs.yaml', 'utf8')) as Json,
    },
    { name: 'the contract of a feed', document: feedDocument() },
  ];

  /** What zod itself finds beyond the standard, by the field that it is about. */
  const demandOfField: Readonly<Record<string, keyof typeof demands>> = {
    apiVersion: 'standard-version',
    id: 'id-in-names',
    version: 'semantic-version',
    schema: 'tables-and-columns',
    properties: 'tables-and-columns',
    name: 'names-of-the-lake',
    physicalName: 'names-of-the-lake',
    description: 'words-for-readers',
    logicalType: 'types-of-the-lake',
    physicalType: 'types-of-the-lake',
    primaryKeyPosition: 'primary-key',
    partitionKeyPosition: 'partition-key',
    url: 'cited-address',
    quality: 'rule-of-the-lake',
  };

  test.each(documents)(
    '$name: whatever is refused is refused by a demand that has a name',
    ({ document }) => {
      const official = officialVerdict();
      const seen = new Set<string>();
      const nameless: string[] = [];
      const laxer: string[] = [];
      let count = 0;
      for (const { name, document: spoilt } of mutationsOf(document, extraFields(document))) {
        if (count++ % 5 > 0) continue; // a prime beside the number of values: every kind of change has its turn
        const accepted = official(spoilt) === true;
        const { success, error } = contractSchema.safeParse(spoilt);
        if (!accepted && success) laxer.push(name);
        if (!accepted || success) continue;
        for (const issue of error.issues) {
          const { demand } = ('params' in issue && (issue.params as { demand?: string })) || {};
          const found = demand ?? demandOfIssue(issue.path, spoilt);
          if (found === undefined) nameless.push(`${name}: ${issue.path.join('.')} ${issue.message}`);
          else seen.add(found);
        }
      }
      expect(laxer).toEqual([]);
      expect(nameless.slice(0, 20)).toEqual([]);
      expect(seen.size).toBeGreaterThan(8);
    },
    300_000,
  );

  function demandOfIssue(path: readonly PropertyKey[], _document: Json): string | undefined {
    if (path.includes('quality')) return 'rule-of-the-lake';
    const field = path.findLast((name) => typeof name === 'string');
    return field === undefined ? undefined : demandOfField[String(field)];
  }

  const extraFields = (document: Json): Record<string, Json> => {
    const fields = [...pathsOf(document)].flatMap((path) => {
      const key = path.at(-1);
      return typeof key === 'string' && path.includes('schema')
        ? [[key, path.reduce<Json>((at, name) => (at as never)[name], document)] as const]
        : [];
    });
    return Object.fromEntries(fields.slice(0, 30));
  };
});

test('every demand says why', () => {
  for (const reason of Object.values(demands)) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
});
