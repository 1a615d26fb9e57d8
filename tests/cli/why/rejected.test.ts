import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, type LakeProject, lakeProject } from './support/lake-project.ts';
import { why } from './support/why.ts';

let project: LakeProject;

const text = (name: string) => ({ name, type: 'VARCHAR' });
const load = (path: string, options: Readonly<Record<string, unknown>>, vendor: string) =>
  call('lake.ingest', { path, table: `product_raw.${vendor}`, vendor_name: vendor, options });
const map = (target: string, sql: string, rules?: readonly unknown[]) =>
  call('lake.run_mapping', { target, sql, ...(rules && { rules }) });

// The value 77 stands in another field of the second record of each; a trailer cannot be cut into fields.
const dune = 'Artikel;Nummer;Lager;Hinweis\nA;0077;viele;\nB;0078;viele;77 Stück\nENDE 77\n';
const mere = [
  { id: 77, stock: 'many', note: null },
  { id: 78, stock: 'many', note: '77' },
  { id: 1, stock: 4, note: '' },
];
const xml = '<r><i n="77"><s>x</s></i><i n="78"><s>x</s><t>77</t></i></r>';

beforeAll(async () => {
  project = await lakeProject();
  project.write('vendors/dune.csv', dune);
  project.write('vendors/mere.ndjson', mere.map((one) => `${JSON.stringify(one)}\n`).join(''));
  project.write('vendors/fell.xml', xml);
  const columns = [{ name: 'number', type: 'INTEGER' }, { name: 'stock', type: 'INTEGER' }, text('note')];
  await project.run([
    ...['dune', 'mere', 'fell'].map((name) =>
      call('lake.create_table', { table: `product_raw.${name}`, columns }),
    ),
    load(
      'dune.csv',
      { delimiter: ';', columns: { number: 'Nummer', stock: 'Lager', note: 'Hinweis' } },
      'dune',
    ),
    load('mere.ndjson', { columns: { number: 'id' } }, 'mere'),
    load('fell.xml', { record_element: 'i', columns: { number: '@n', stock: 's', note: 't' } }, 'fell'),
    'Loaded.',
    map(
      'product_stage.all',
      `SELECT 'd:' || number AS id, note FROM product_raw.dune UNION ALL
       SELECT 'm:' || r.number, note FROM product_raw.mere AS r UNION ALL SELECT 'f:' || number, note FROM product_raw.fell`,
    ),
    map('product_core.all', 'WITH w AS (SELECT * FROM product_stage.all) SELECT id AS product, note FROM w'),
    map(
      'product_core.counts',
      'SELECT count(*) AS n, max(number) AS highest, any_value(note) AS note FROM product_raw.mere GROUP BY number',
    ),
    map(
      'product_core.mixed',
      "SELECT id, 'stage' AS origin FROM product_stage.all UNION ALL SELECT 'some', 'constant'",
    ),
    map('product_core.kept', "SELECT id, note FROM product_stage.all UNION ALL SELECT 'm:9', 'm:8'", [
      {
        name: 'short',
        metric: 'invalidValues',
        column: 'id',
        arguments: { pattern: 'm:[1-8]' },
        on_failure: 'quarantine',
      },
    ]),
    'Mapped.',
  ]);
}, 60_000);
afterAll(() => project.remove());

const place = (line: number, file: string, detail: string) =>
  `line ${line} of ${file}, ${detail} (product_raw.ingest_errors).`;
const many = 'stock: invalid_integer "many"';
const ofDune = place(2, 'dune.csv', 'stock: invalid_integer "viele"');

test.each<[string, string, Record<string, string>, unknown[]]>([
  [
    'a CSV file, by the column of the file and the type of the table',
    'product_raw.dune',
    { number: '77' },
    [
      `A rejected record of product_raw.dune has number = 77 (number "0077", in the file "Nummer"): ${ofDune}`,
      `A rejected record of product_raw.dune holds "77" (by value, its fields are not known: 1 fields where 4 are expected): ${place(4, 'dune.csv', '1 fields where 4 are expected')}`,
    ],
  ],
  [
    'JSON',
    'product_raw.mere',
    { number: '77' },
    [
      `A rejected record of product_raw.mere has number = 77 (number "77", in the file "id"): ${place(1, 'mere.ndjson', many)}`,
    ],
  ],
  [
    'XML',
    'product_raw.fell',
    { number: '77' },
    [
      `A rejected record of product_raw.fell has number = 77 (number "77", in the file "@n"): ${place(1, 'fell.xml', 'stock: invalid_integer "x"')}`,
    ],
  ],
  [
    'a key that a mapping makes, two tables further back',
    'product_core.all',
    { product: 'd:77' },
    [
      `A rejected record of product_raw.dune would give product = d:77 (number "0077", in the file "Nummer"): ${ofDune}`,
    ],
  ],
  [
    'two columns',
    'product_core.all',
    { product: 'm:78', note: '77' },
    [
      `A rejected record of product_raw.mere would give product = m:78, note = 77 (number "78", in the file "id"; note "77"): ${place(2, 'mere.ndjson', many)}`,
    ],
  ],
  [
    'a key that no record has',
    'product_core.all',
    { product: 'd:79' },
    [
      'Of 1 rejected record it is not known whether one has product = d:79: 1 fields where 4 are expected (product_raw.ingest_errors, the first: line 4 of dune.csv, 1 fields where 4 are expected).',
    ],
  ],
  [
    'a constant beside the key',
    'product_core.mixed',
    { id: 'd:77', origin: 'stage' },
    [
      expect.stringMatching(
        /it is not known whether one has id = d:77, origin = stage: origin is not made of product_stage.all alone/,
      ),
    ],
  ],
  [
    'a key that is made of many rows',
    'product_core.counts',
    { highest: '77' },
    [
      `A rejected record of product_raw.mere holds "77" (by value, its fields are not known: highest is not made of product_raw.mere alone): ${place(1, 'mere.ndjson', many)}`,
      `A rejected record of product_raw.mere holds "77" (by value, its fields are not known: highest is not made of product_raw.mere alone): ${place(2, 'mere.ndjson', many)}`,
    ],
  ],
])('rejected records: %s', async (_name, table, key, expected) => {
  const { missing } = await why(project, { table, key });
  expect(missing.slice(1)).toEqual(expected);
});

test('what a mapping set aside is known by its own columns, and is from no file', async () => {
  const { missing } = await why(project, { table: 'product_core.kept', key: { id: 'm:9' } });
  expect(missing.at(-1)).toMatch(
    /^A rejected record of product_core\.kept has id = m:9 \(id "m:9"\): set aside by the mapping of product_core\.kept, call .*\(product_raw\.ingest_errors\)\.$/,
  );
  const other = await why(project, { table: 'product_core.kept', key: { id: 'm:8' } });
  expect(other.missing.some((one) => one.startsWith('A rejected record'))).toBe(false);
});

test('what was rejected after the asked moment is not told', async () => {
  const question = { table: 'product_core.all', key: { product: 'd:77' } };
  const { at = 0, id = '' } = (await why(project, question)).snapshot ?? {};
  const now = await why(project, { ...question, at: { snapshotId: id } });
  expect(now.missing[1]).toContain('would give product = d:77');
  project.write('vendors/late.csv', 'Artikel;Nummer;Lager;Hinweis\nC;0090;viele;\n');
  await project.run([
    load('late.csv', { columns: { number: 'Nummer', stock: 'Lager', note: 'Hinweis' } }, 'dune'),
    '.',
    '.',
  ]);
  const late = { ...question, key: { product: 'd:90' } };
  expect((await why(project, late)).missing[1]).toContain('line 2 of late.csv');
  for (const moment of [{ snapshotId: id }, { timestampMs: at + 1 }]) {
    const then = await why(project, { ...late, at: moment });
    expect(then.missing.some((one) => one.includes('late.csv'))).toBe(false);
  }
});

test('without the file, names inside of the record still tell; columns of a CSV file do not', async () => {
  for (const file of ['dune.csv', 'mere.ndjson'])
    renameSync(join(project.dir, 'vendors', file), join(project.dir, `${file}.away`));
  const mereNow = await why(project, { table: 'product_raw.mere', key: { number: '77' } });
  expect(mereNow.missing[1]).toBe(
    `A rejected record of product_raw.mere has number = 77 (number "77", in the file "id"): ${place(1, 'mere.ndjson', many)}`,
  );
  expect(mereNow.missing).toHaveLength(2);
  writeFileSync(join(project.dir, 'vendors/dune.csv'), 'another');
  const duneNow = await why(project, { table: 'product_raw.dune', key: { number: '78' } });
  expect(duneNow.missing.slice(1)).toEqual([
    'Of 3 rejected records it is not known whether one has number = 78: the file has other content now (product_raw.ingest_errors, the first: line 2 of dune.csv, stock: invalid_integer "viele").',
  ]);
  const held = await why(project, { table: 'product_raw.dune', key: { number: '77' } });
  expect(held.missing.slice(1, 3)).toEqual([
    expect.stringMatching(
      /^A rejected record of product_raw\.dune holds "77" \(by value, .*the file has other content now\): line 3/,
    ),
    expect.stringMatching(/^A rejected record of product_raw\.dune holds "77" \(by value, .*line 4/),
  ]);
});
