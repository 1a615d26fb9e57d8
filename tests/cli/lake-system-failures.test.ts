import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { tellLakeFailures } from '../../src/cli/lake/tell-lake-failures.ts';
import { IcebergError } from '../../src/servers/lake/iceberg/index.ts';

function databaseFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lake-failures-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'catalog.sqlite');
  open(file).exec('CREATE TABLE t (n)');
  return file;
}

function open(file: string, options: Database.Options = {}): Database.Database {
  const database = new Database(file, options);
  onTestFinished(() => void database.close());
  return database;
}

const ofSystem = (code: string) => Object.assign(new Error(`${code}: open 'x'`), { code });

test.each<[string, () => unknown, string]>([
  [
    'a catalog that may only be read',
    () => open(databaseFile(), { readonly: true }).exec('DELETE FROM t'),
    'FILE_UNREADABLE',
  ],
  ['a catalog that cannot be opened', () => open(tmpdir()).exec('DELETE FROM t'), 'FILE_UNREADABLE'],
  ['a catalog that another process holds', heldByAnother, 'LAKE_CONFLICT'],
  ['a full catalog', fullDatabase, 'LAKE_NO_SPACE'],
  [
    'a file of another user',
    () => {
      throw ofSystem('EACCES');
    },
    'FILE_UNREADABLE',
  ],
  [
    'a read-only disk',
    () => {
      throw ofSystem('EROFS');
    },
    'FILE_UNREADABLE',
  ],
  [
    'a full disk',
    () => {
      throw ofSystem('ENOSPC');
    },
    'LAKE_NO_SPACE',
  ],
  [
    'a data file of another user',
    () => {
      throw new IcebergError('DAMAGED', 'x.parquet: Permission denied');
    },
    'FILE_UNREADABLE',
  ],
  [
    'a data file that is damaged',
    () => {
      throw new IcebergError('DAMAGED', 'x.parquet: no magic bytes');
    },
    'LAKE_DAMAGED',
  ],
])('%s is told as what a person can mend', async (_, work, code) => {
  const failed = tellLakeFailures('/lake', async () => work());
  await expect(failed).rejects.toMatchObject({ code, hint: expect.any(String) });
});

test('a defect stays one', async () => {
  const defect = new TypeError('x is not a function');
  await expect(tellLakeFailures('/lake', () => Promise.reject(defect))).rejects.toBe(defect);
});

function heldByAnother(): void {
  const file = databaseFile();
  open(file).exec('BEGIN EXCLUSIVE');
  open(file, { timeout: 0 }).exec('DELETE FROM t');
}

function fullDatabase(): void {
  const database = open(databaseFile());
  database.pragma('max_page_count = 2');
  database.exec('INSERT INTO t VALUES (zeroblob(100000))');
}
