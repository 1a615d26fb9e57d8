import { readFileSync } from 'node:fs';
import type { SqliteCatalog } from '../catalog/sqlite-catalog.ts';
import type { TableName } from '../catalog/table-name.ts';
import { pathOf } from '../files/locations.ts';
import { type RestRoute, restEndpoints } from './rest-routes.ts';

export interface RestAnswer {
  readonly status: number;
  /** JSON, or nothing. */
  readonly body: string | undefined;
}

/** The answer to a route: what the catalog has now. Metadata is handed on to the letter, with its 63-bit ids. */
export function answerRoute(route: RestRoute, catalog: SqliteCatalog): RestAnswer {
  switch (route.route) {
    case 'config':
      return ok({ defaults: {}, overrides: {}, endpoints: restEndpoints });
    case 'namespaces':
      return listNamespaces(catalog, route.parent);
    case 'namespace':
      return hasNamespace(catalog, route.namespace)
        ? ok({ namespace: route.namespace, properties: {} })
        : noNamespace(route.namespace);
    case 'namespace-exists':
      return hasNamespace(catalog, route.namespace)
        ? { status: 204, body: undefined }
        : noNamespace(route.namespace);
    case 'tables':
      return hasNamespace(catalog, route.namespace)
        ? ok({ identifiers: catalog.listTables(route.namespace) })
        : noNamespace(route.namespace);
    case 'table':
      return loadTable(catalog, route.table);
    case 'table-exists':
      return catalog.findLocation(route.table) === undefined
        ? noTable(route.table)
        : { status: 204, body: undefined };
    case 'refused':
      return failure(route.status, { type: route.type, message: route.message });
  }
}

export function failure(status: number, error: { type: string; message: string }): RestAnswer {
  return { status, body: JSON.stringify({ error: { ...error, code: status } }) };
}

function loadTable(catalog: SqliteCatalog, table: TableName): RestAnswer {
  const location = catalog.findLocation(table);
  if (location === undefined) return noTable(table);
  const metadata = readFileSync(pathOf(location), 'utf8');
  return {
    status: 200,
    body: `{"metadata-location":${JSON.stringify(location)},"metadata":${metadata},"config":{}}`,
  };
}

function listNamespaces(catalog: SqliteCatalog, parent: readonly string[]): RestAnswer {
  const isBelow = (namespace: readonly string[]) =>
    namespace.length > parent.length && parent.every((level, index) => namespace[index] === level);
  const below = catalog.listNamespaces().filter(isBelow);
  if (parent.length > 0 && below.length === 0 && !hasNamespace(catalog, parent)) return noNamespace(parent);
  const children = new Map(
    below.map((namespace) => namespace.slice(0, parent.length + 1)).map((child) => [child.join('.'), child]),
  );
  return ok({ namespaces: [...children.values()] });
}

/** One that only has others below it counts too. */
function hasNamespace(catalog: SqliteCatalog, namespace: readonly string[]): boolean {
  return catalog
    .listNamespaces()
    .some((known) => namespace.length > 0 && namespace.every((level, index) => known[index] === level));
}

function ok(body: unknown): RestAnswer {
  return { status: 200, body: JSON.stringify(body) };
}

function noNamespace(namespace: readonly string[]): RestAnswer {
  const message = `Namespace does not exist: ${namespace.join('.')}`;
  return failure(404, { type: 'NoSuchNamespaceException', message });
}

function noTable(table: TableName): RestAnswer {
  const message = `Table does not exist: ${[...table.namespace, table.name].join('.')}`;
  return failure(404, { type: 'NoSuchTableException', message });
}
