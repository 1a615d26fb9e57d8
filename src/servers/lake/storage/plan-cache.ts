import { loadTable, type Scan, type ScanRequest, scanTable, type Warehouse } from '../iceberg/index.ts';

/**
 * The last plans of reads. A table's metadata file is never changed, so a plan that was made from one is right as long as it is
 * the table's newest: that is asked each time.
 */
export class PlanCache {
  readonly #scans = new Map<string, Scan>();

  async scan(warehouse: Warehouse, request: ScanRequest): Promise<Scan> {
    const { location } = await loadTable(warehouse, request.table);
    const known = this.#scans.get(keyOf(location, request));
    if (known) return known;
    const scan = await scanTable(warehouse, request);
    this.#keep(keyOf(scan.plan.state.location, request), scan);
    return scan;
  }

  #keep(key: string, scan: Scan): void {
    this.#scans.set(key, scan);
    const [oldest] = this.#scans.keys();
    if (this.#scans.size > mostPlans && oldest !== undefined) this.#scans.delete(oldest);
  }
}

// A plan of 10,000 files holds a few megabytes; a statement names a handful of tables.
const mostPlans = 32;

function keyOf(location: string, { at, where }: ScanRequest): string {
  return JSON.stringify([location, at, where], (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}
