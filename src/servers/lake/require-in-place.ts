import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { DefinitionError } from '../../errors/index.ts';
import { SqliteCatalog, strayTables } from './iceberg/index.ts';

/**
 * A warehouse that was moved or copied is not served: every table would fail, and new ones would lie beside the old.
 * @throws DefinitionError LAKE_MOVED
 */
export function requireInPlace(warehouse: string): void {
  const file = join(warehouse, 'catalog.sqlite');
  if (!existsSync(file)) return;
  const folder = realpathSync(warehouse);
  const catalog = new SqliteCatalog({ file, name: 'lake', readOnly: true });
  try {
    const [table] = strayTables({ folder, catalog });
    if (table) throw moved(folder, [...table.namespace, table.name].join('.'));
  } finally {
    catalog.close();
  }
}

function moved(folder: string, table: string): DefinitionError {
  return new DefinitionError({
    code: 'LAKE_MOVED',
    message: `The lake in ${folder} was moved or copied: ${table} still names its files at the old place.`,
    hint: `aiworkflow lake relocate --warehouse '${folder}'`,
  });
}
