import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type CreateTableRequest,
  createTable,
  openWarehouse,
  type ScanRequest,
  scanTable,
  tableName,
  type Warehouse,
} from '../../../../../src/servers/lake/iceberg/index.ts';
import { engineOfTest, type Row } from './duckdb-engine.ts';

export interface TestWarehouse extends Warehouse {
  create(name: string, request: Omit<CreateTableRequest, 'table'>): Promise<void>;
  rows(name: string, request?: Omit<ScanRequest, 'table'>): Promise<Row[]>;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'iceberg-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Real files, a real catalog, the real DuckDB. */
export async function warehouseOfTest(folder = temporaryFolder()): Promise<TestWarehouse> {
  const warehouse = openWarehouse({ folder, engine: await engineOfTest() });
  onTestFinished(() => warehouse.close());
  return withShortcuts(warehouse);
}

export function withShortcuts(warehouse: Warehouse): TestWarehouse {
  return {
    ...warehouse,
    create: async (name, request) => {
      await createTable(warehouse, { table: tableName(name), ...request });
    },
    rows: async (name, request = {}) => {
      const { sql } = await scanTable(warehouse, { table: tableName(name), ...request });
      return [...(await warehouse.engine.run(sql))];
    },
  };
}

/** Sorted by their JSON, so that two sets of rows can be compared. */
export function sorted(rows: readonly Row[]): Row[] {
  const key = (row: Row) =>
    JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)));
  return [...rows].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}
