import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

/** A folder in the place of the table's next metadata file: no commit to it comes through, until `mend`. */
export function breakCommits(warehouse: string, table: string): { mend(): void } {
  const database = new Database(join(warehouse, 'catalog.sqlite'), { readonly: true });
  const location = database
    .prepare('SELECT metadata_location FROM iceberg_tables WHERE table_name = ?')
    .pluck()
    .get(table);
  database.close();
  const path = fileURLToPath(String(location));
  const next = path.replace(/(\d+)(?=\.metadata\.json$)/, (version) => String(Number(version) + 1));
  mkdirSync(next);
  return { mend: () => rmdirSync(next) };
}
