import { attacks } from './attack.ts';

/** Paths given to inspect_file, profile_file and ingest. `link.csv` and `linked` lead out of the folder. */
export const pathAttacks = attacks('path', 'Roots: real paths below the granted folders', [
  ['../outside.csv', 'outside the folders'],
  ['sub/../../outside.csv', 'outside the folders'],
  ['sub\\..\\..\\outside.csv', 'outside the folders'],
  ['/etc/passwd', 'outside the folders'],
  ['//etc/passwd', 'outside the folders'],
  ['C:\\Windows\\win.ini', 'outside the folders'],
  ['file:///etc/passwd', 'outside the folders'],
  ['https://example.org/x.csv', 'outside the folders'],
  ['s3://bucket/x.csv', 'no file'],
  ['link.csv', 'outside the folders'],
  ['linked/secret.csv', 'outside the folders'],
  ['a\0b', 'outside the folders'],
  ['.', 'outside the folders'],
  ['.env', 'outside the folders'],
  ['sub/.hidden/x.csv', 'outside the folders'],
  ['sub', 'not a file'],
  ['*.csv', 'no file'],
  ['**/*', 'no file'],
  ['f.csv*', 'no file'],
  ['{f,link}.csv', 'no file'],
  ['%2e%2e/outside.csv', 'no file'],
  ['~/.ssh/id_rsa', 'outside the folders'],
  ['x'.repeat(5000), ''],
  ['$(touch x).csv', 'no file'],
  ["f.csv'; DROP TABLE product_raw.t; --", 'no file'],
]);

/** Names of tables given to create_table, ingest and run_mapping. */
export const nameAttacks = attacks(
  'name',
  'names are `[a-z][a-z0-9_]*` in two parts; schemas of the database are refused',
  [
    ['x', 'schema.table'],
    ['a.b.c', 'schema.table'],
    ['a."b', 'schema.table'],
    ["a.b'; DROP TABLE product_raw.t; --", 'schema.table'],
    ['../a.b', 'schema.table'],
    ['a/b.c', 'schema.table'],
    ['Product_Raw.T', 'schema.table'],
    ['prоduct_raw.t', 'schema.table'],
    ['_session1.t', 'schema.table'],
    ['_lake.tables', 'schema.table'],
    ['a.b\0', 'schema.table'],
    [`a.${'b'.repeat(64)}`, 'schema.table'],
    ['main.x', 'belongs to the database'],
    ['memory.x', 'belongs to the database'],
    ['information_schema.x', 'belongs to the database'],
    ['pg_catalog.x', 'belongs to the database'],
  ],
);

/** What a lake with --grant-read product_raw.* --grant-write product_core.* core_raw.* is asked for: `tool`, then its input. */
export const grantAttacks = attacks('grant', '--grant-read, --grant-write: the store knows no other tables', [
  ['preview_sql {"sql":"SELECT * FROM secret.prices"}', 'is no table of the lake, or none that it may read'],
  ['preview_sql {"sql":"SELECT * FROM secret.nothing"}', 'is no table of the lake, or none that it may read'],
  ['preview_sql {"sql":"SELECT * FROM secret.prices AT (TIMESTAMP => \'2026-01-01\')"}', ''],
  ['preview_sql {"sql":"SELECT (SELECT max(a) FROM secret.prices)"}', 'none that it may read'],
  ['run_mapping {"target":"product_core.x","sql":"SELECT * FROM secret.prices"}', 'none that it may read'],
  ['run_mapping {"target":"secret.prices","sql":"SELECT 1 AS a"}', 'may not be written'],
  ['run_mapping {"target":"secret.other","sql":"SELECT 1 AS a"}', 'may not be written'],
  ['create_table {"table":"product_raw.u","columns":[{"name":"a","type":"INTEGER"}]}', 'may not be written'],
  ['ingest {"path":"f.csv","table":"product_raw.t","vendor_name":"v"}', 'may not be written'],
  ['ingest {"path":"f.csv","table":"secret.prices","vendor_name":"v"}', 'no table'],
  ['describe_table {"table":"secret.prices"}', 'no table'],
  ['check_quality {"table":"secret.prices","rules":[{"metric":"rowCount","mustBe":1}]}', 'no table'],
  [
    'run_mapping {"target":"product_core.x","sql":"SELECT 1 AS a","rules":[{"query":"SELECT string_agg(a, \',\') FROM secret.prices","mustBe":"no"}]}',
    'none that it may read',
  ],
  [
    'run_mapping {"target":"product_core.x","sql":"SELECT 1 AS a","rules":[{"query":"SELECT max(a) FROM secret.pricess","mustBe":1}]}',
    'none that it may read',
  ],
  [
    'run_mapping {"target":"product_core.x","sql":"SELECT 1 AS a","rules":[{"query":"SELECT max(a) FROM secret.prices AT (TIMESTAMP => \'2100-01-01\')","mustBe":1}]}',
    'none that it may read',
  ],
  [
    'ingest {"path":"f.csv","table":"core_raw.t","vendor_name":"v","rules":[{"query":"SELECT max(a) FROM secret.prices","mustBe":1}]}',
    'none that it may read',
  ],
  [
    'ingest {"path":"f.csv","table":"core_raw.t","vendor_name":"v","rules":[{"query":"WITH w AS (SELECT a FROM Secret.Prices) SELECT count(*) FROM {table}, w","mustBe":1}]}',
    'none that it may read',
  ],
  ['write_rows {"table":"secret.prices","rows":[{"a":1}]}', 'may not be written'],
  ['compact_table {"table":"secret.prices"}', 'no table'],
  ['evolve_table {"table":"secret.prices","description":"x"}', 'no table'],
  ['evolve_table {"table":"product_raw.t","description":"x"}', 'may not be written'],
  ['table_history {"table":"secret.prices"}', 'no table'],
  ['rollback_snapshot {"table":"secret.prices","snapshot":"1","reason":"x"}', 'no table'],
  ['rollback_snapshot {"table":"product_raw.t","snapshot":"1","reason":"x"}', 'may not be written'],
]);
