import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { openLakeReader } from '../../../src/cli/why/lake-reader.ts';
import { openTestLake, temporaryFolder } from '../../servers/lake/support/open-test-lake.ts';

async function warehouseWithTable(): Promise<string> {
  const warehouse = temporaryFolder();
  const lake = await openTestLake({}, { warehouse });
  await lake.call('write_rows', { table: 'core.t', rows: [{ a: 1 }] });
  return warehouse;
}

test('a warehouse is looked at with the caps of the lake, and nothing is written into it', async () => {
  const warehouse = await warehouseWithTable();
  const before = readdirSync(warehouse, { recursive: true }).sort();
  const lake = await openLakeReader(warehouse);
  const [settings] = await lake.run(
    `SELECT current_setting('temp_directory') AS spill, current_setting('max_temp_directory_size') AS most,
       current_setting('enable_external_access') AS is_open, current_setting('lock_configuration') AS is_locked`,
  );
  expect(settings).toMatchObject({ most: '9.3 GiB', is_open: false, is_locked: true });
  const spill = String(settings?.['spill']);
  expect(spill.startsWith(tmpdir())).toBe(true);
  await expect(lake.run('SELECT * FROM range(200000)')).rejects.toThrow('more than 100000 rows');
  await expect(lake.run("SELECT * FROM read_text('/etc/passwd')")).rejects.toThrow(/disabled|cannot access/i);
  expect(readdirSync(warehouse, { recursive: true }).sort()).toEqual(before);
  lake.close();
  expect(existsSync(spill)).toBe(false);
});

test('a warehouse whose folder nobody may write can be looked at', async () => {
  const warehouse = await warehouseWithTable();
  chmodSync(warehouse, 0o500);
  onTestFinished(() => chmodSync(warehouse, 0o700));
  const lake = await openLakeReader(warehouse);
  expect(lake.tables()).toContain('core.t');
  expect(await lake.run('SELECT 1 AS a')).toEqual([{ a: 1 }]);
  lake.close();
});
