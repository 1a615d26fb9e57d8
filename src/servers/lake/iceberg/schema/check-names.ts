import { IcebergError } from '../iceberg-error.ts';

// DuckDB cannot write a column of this name with field ids.
const reservedName = '__duckdb_field_id';

/** DuckDB compares names without case: two columns that differ in case alone could not both be written. */
export function checkNames(names: readonly string[], place: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (name === '' || name === reservedName) {
      throw new IcebergError('INVALID', `${place} cannot have a column named "${name}".`);
    }
    if (seen.has(name.toLowerCase())) {
      throw new IcebergError('INVALID', `${place} has two columns named "${name}".`, {
        hint: 'names must differ in more than upper and lower case.',
      });
    }
    seen.add(name.toLowerCase());
  }
}
