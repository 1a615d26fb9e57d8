import { onTestFinished } from 'vitest';
import { openIcebergStore } from '../../../../src/servers/lake/storage/iceberg-store.ts';
import type {
  LoadRequest,
  TableDefinition,
  TableStore,
} from '../../../../src/servers/lake/storage/table-store.ts';
import { temporaryFolder } from './open-test-lake.ts';

/** A store over a warehouse of its own, or over one that is there. Closed at the end of the test, if not before. */
export async function openTestStore(warehouse: string = temporaryFolder()): Promise<TableStore> {
  const store = await openIcebergStore({
    warehouse,
    memory: '500MB',
    threads: 1,
    statementTimeoutMs: 30_000,
  });
  onTestFinished(() => store.close());
  return store;
}

/** One column of whole numbers; with `primary_key` it is the key. */
export function numbersTable(primary_key: readonly string[] = []): TableDefinition {
  return {
    table: 'product_raw.t',
    columns: [{ name: 'a', type: 'INTEGER', nullable: primary_key.length === 0 }],
    primary_key,
    partitioned_by: [],
    declared: true,
  };
}

/** A load of these texts, a record each. */
export function loadOf(definition: TableDefinition, cells: readonly string[]): LoadRequest {
  async function* batches() {
    yield cells.map((cell, index) => ({ line: index + 1, byteOffset: null, raw: cell, cells: [cell] }));
  }
  return {
    definition,
    file: 'f.csv',
    sha256: cells.join(),
    vendorName: 'v',
    optionsKey: '{}',
    casts: { decimalSeparator: undefined, nullValues: [], dateFormats: [] },
    batches: batches(),
    verify: async () => undefined,
  };
}
