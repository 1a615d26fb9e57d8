import type { Warehouse } from '../iceberg/index.ts';

/** All tables, sorted. A namespace of several levels, of another engine, has no name in the lake's SQL. */
export function namesOf({ catalog }: Warehouse): string[] {
  return catalog
    .listNamespaces()
    .filter((namespace) => namespace.length === 1)
    .flatMap((namespace) => catalog.listTables(namespace))
    .map(({ namespace, name }) => [...namespace, name].join('.'))
    .sort();
}
