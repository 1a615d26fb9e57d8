import { resolve } from 'node:path';
import type { LakeSettings } from './parse-args.ts';
import { Roots } from './roots.ts';
import { openDuckdbStore } from './storage/duckdb-store.ts';
import type { TableStore } from './storage/table-store.ts';

/** What the tools work with. */
export interface Lake {
  readonly roots: Roots;
  readonly store: TableStore;
  readonly limits: { readonly maxRows: number };
}

/** @throws DefinitionError when the database cannot be opened. */
export async function openLake(settings: LakeSettings): Promise<Lake> {
  const database = settings.database === ':memory:' ? settings.database : resolve(settings.database);
  const store = await openDuckdbStore({ ...settings, database });
  return { roots: new Roots(settings.roots), store, limits: { maxRows: settings.maxRows } };
}
