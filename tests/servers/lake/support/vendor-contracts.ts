import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { plainName } from '../../../../src/servers/lake/tools/match-columns.ts';
import type { Answer, Row, TestLake } from './open-test-lake.ts';

/** Columns whose type a person knows better than a look at dirty values. */
const typesBySource: Readonly<Record<string, string>> = {
  Preis_EUR: 'DECIMAL(10,2)',
  Gewicht_kg: 'DECIMAL(10,3)',
  Bestand: 'INTEGER',
  'Qty On Hand': 'INTEGER',
  'Last Change': 'DATE',
  'H (in)': 'DECIMAL(8,2)',
  'W (in)': 'DECIMAL(8,2)',
  'D (in)': 'DECIMAL(8,2)',
  bestand: 'INTEGER',
  gewicht_g: 'INTEGER',
  preis: 'DECIMAL(10,2)',
  geaendert: 'DATE',
  'price.amount': 'INTEGER',
  'stock.quantity': 'INTEGER',
};

export interface VendorContract {
  readonly path: string;
  readonly table: string;
  readonly expected: { readonly columns: readonly Row[]; readonly options: Row };
}

export const vendorFiles: readonly string[] = readdirSync(resolve('data/vendors')).sort();

/** The example's feeds, so that a test can change them. */
export function copyVendors(lake: TestLake, day: 'vendors' | 'day-two', into = ''): void {
  for (const name of readdirSync(resolve('data', day))) {
    mkdirSync(join(lake.folder, into), { recursive: true });
    copyFileSync(resolve('data', day, name), join(lake.folder, into, name));
  }
}

/** What a person would have written into the contract after a look at the first day, and the table, loaded. */
export async function loadVendor(lake: TestLake, path: string): Promise<VendorContract> {
  const look = await lake.call('inspect_file', { path });
  const contract = contractOf(path, look);
  await lake.call('create_table', {
    table: contract.table,
    columns: contract.expected.columns.map(withoutSource),
  });
  const columns = Object.fromEntries(
    contract.expected.columns.map((column) => [column['name'], column['source']]),
  );
  const options = { ...contract.expected.options, columns };
  await lake.call('ingest', { path, table: contract.table, vendor_name: 'v', options });
  return contract;
}

function contractOf(path: string, look: Answer): VendorContract {
  const columns = (look['columns'] as Row[]).map(({ name, type }) => ({
    name: plainName(String(name)),
    type: typesBySource[String(name)] ?? String(type),
    source: name,
  }));
  const table = `product_raw.${path.replace(/.*\//, '').replace(/\W/g, '_')}`;
  return { path, table, expected: { columns, options: look['suggested_options'] as Row } };
}

function withoutSource({ source: _, ...column }: Row): Row {
  return column;
}
