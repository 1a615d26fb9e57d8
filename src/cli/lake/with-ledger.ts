import type { Warehouse } from '../../servers/lake/iceberg/index.ts';
import type { Ledger } from '../../servers/lake/storage/lake-ledger.ts';

/** What the lake keeps beside its tables: loads, requests. */
export async function withLedger<T>(
  { folder }: Warehouse,
  work: (ledger: Ledger) => Promise<T> | T,
): Promise<T> {
  const { openLedger } = await import('../../servers/lake/storage/lake-ledger.ts');
  const ledger = openLedger(folder);
  try {
    return await work(ledger);
  } finally {
    ledger.close();
  }
}
