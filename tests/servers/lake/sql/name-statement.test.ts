import { expect, test } from 'vitest';
import { nameStatement } from '../../../../src/servers/lake/sql/name-statement.ts';

test.each([
  ['DROP TABLE product_raw.t', 'DROP TABLE', 'DDL', 'product_raw.t'],
  ['drop view if exists "a"."b.c"', 'DROP VIEW', 'DDL', '"a"."b.c"'],
  ['CREATE OR REPLACE TEMP TABLE IF NOT EXISTS x AS SELECT 1', 'CREATE TABLE', 'DDL', 'x'],
  ['CREATE MACRO f() AS 1', 'CREATE MACRO', 'DDL', 'f'],
  ['ALTER TABLE a.b ADD COLUMN c INT', 'ALTER TABLE', 'DDL', 'a.b'],
  ['/* x */ -- y\n DELETE FROM a.b', 'DELETE', 'write', 'a.b'],
  ['INSERT OR REPLACE INTO a . b VALUES (1)', 'INSERT', 'write', 'a . b'],
  ['UPDATE a.b SET c = 1', 'UPDATE', 'write', 'a.b'],
  ['MERGE INTO a.b USING c ON true', 'MERGE', 'write', 'a.b'],
  ['TRUNCATE a.b', 'TRUNCATE', 'write', 'a.b'],
  ["COPY a.b TO '/tmp/x'", 'COPY', 'files', 'a.b'],
  ["COPY (SELECT 1) TO '/tmp/x'", 'COPY', 'files', undefined],
  ["ATTACH DATABASE 'x.db' AS y", 'ATTACH', 'files', "'x.db'"],
  ["EXPORT DATABASE '/tmp/x'", 'EXPORT', 'files', undefined],
  ['INSTALL httpfs', 'INSTALL', 'files', undefined],
  ['SET threads = 1', 'SET', 'settings', undefined],
  ['PRAGMA database_list', 'PRAGMA', 'settings', undefined],
  ['SELECT 1; SELECT 2', 'SELECT', 'read', undefined],
  ['BEGIN', 'BEGIN', 'other', undefined],
  ['', 'nothing', 'other', undefined],
  ['💥', 'nothing', 'other', undefined],
])('%s', (sql, verb, kind, target) => {
  expect(nameStatement(sql)).toEqual({ verb, kind, target });
});
