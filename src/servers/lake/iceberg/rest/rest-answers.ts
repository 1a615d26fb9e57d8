import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { SqliteCatalog } from '../catalog/sqlite-catalog.ts';
import { namespaceText, type TableName } from '../catalog/table-name.ts';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { compare, type PageRequest, pageOf } from './page.ts';
import { RestRefusal } from './rest-refusal.ts';
import { type RestRoute, restEndpoints, restWriteEndpoints, type WriteRoute } from './rest-routes.ts';

export interface RestAnswer {
  readonly status: number;
  /** JSON, or nothing. */
  readonly body: string | undefined;
  readonly etag?: string;
}

/** What the answers are made from. */
export interface RestSource {
  readonly catalog: SqliteCatalog;
  /** Of the warehouse: a table that is said to be elsewhere was moved, and its locations lead nowhere. */
  readonly folder: string;
  /** Whether clients are told that they may change something. */
  readonly mayWrite?: boolean;
}

/**
 * The answer to a route: what the catalog has now. Metadata is handed on to the letter, with its 63-bit ids.
 * @throws RestRefusal, IcebergError
 */
export function answerRoute(route: Exclude<RestRoute, WriteRoute>, source: RestSource): RestAnswer {
  const { catalog } = source;
  switch (route.route) {
    case 'config':
      return ok({ defaults: {}, overrides: {}, endpoints: endpointsOf(source) });
    case 'namespaces':
      return listNamespaces(catalog, route);
    case 'namespace':
      requireNamespace(catalog, route.namespace);
      return ok({ namespace: route.namespace, properties: {} });
    case 'namespace-exists':
      requireNamespace(catalog, route.namespace);
      return nothing;
    case 'tables':
      return listTables(catalog, route);
    case 'table':
      return loadTable(source, route.table);
    case 'table-exists':
      locationOfTable(catalog, route.table);
      return nothing;
  }
}

function endpointsOf({ mayWrite = false }: RestSource): readonly string[] {
  return mayWrite ? [...restEndpoints, ...restWriteEndpoints] : restEndpoints;
}

export const nothing: RestAnswer = { status: 204, body: undefined };

export function failure({ status, type, message }: RestRefusal): RestAnswer {
  return { status, body: JSON.stringify({ error: { message, type, code: status } }) };
}

function loadTable({ catalog, folder }: RestSource, table: TableName): RestAnswer {
  const location = locationOfTable(catalog, table);
  if (!pathOf(location).startsWith(`${folder}/`)) throw moved(table, location);
  const metadata = readFileSync(pathOf(location), 'utf8');
  // A file that was cut off would make an answer that is none. Newer versions of the format are the client's business.
  if (!isJson(metadata)) throw new IcebergError('DAMAGED', `${location} is not JSON.`);
  return {
    status: 200,
    body: `{"metadata-location":${JSON.stringify(location)},"metadata":${metadata},"config":{}}`,
    // Metadata files are never changed: the name is the version.
    etag: `"${Buffer.from(basename(location)).toString('base64url')}"`,
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function listTables(
  catalog: SqliteCatalog,
  { namespace, page }: { namespace: readonly string[]; page: PageRequest },
): RestAnswer {
  requireNamespace(catalog, namespace);
  const { items, next } = pageOf(catalog.listTables(namespace), { page, keyOf: ({ name }) => name });
  return ok({ identifiers: items, 'next-page-token': next });
}

function listNamespaces(
  catalog: SqliteCatalog,
  { parent, page }: { parent: readonly string[]; page: PageRequest },
): RestAnswer {
  if (parent.length > 0) requireNamespace(catalog, parent);
  const isBelow = (namespace: readonly string[]) =>
    namespace.length > parent.length && parent.every((level, index) => namespace[index] === level);
  const below = catalog.listNamespaces().filter(isBelow);
  const children = new Map(
    below
      .map((namespace) => namespace.slice(0, parent.length + 1))
      .map((child) => [namespaceText(child), child]),
  );
  const sorted = [...children.values()].sort((left, right) =>
    compare(namespaceText(left), namespaceText(right)),
  );
  const { items, next } = pageOf(sorted, { page, keyOf: namespaceText });
  return ok({ namespaces: items, 'next-page-token': next });
}

/** One that only has others below it counts too. */
export function requireNamespace(catalog: SqliteCatalog, namespace: readonly string[]): void {
  const isKnown = catalog
    .listNamespaces()
    .some((known) => namespace.length > 0 && namespace.every((level, index) => known[index] === level));
  if (isKnown) return;
  const message = `Namespace does not exist: ${namespace.join('.')}`;
  throw new RestRefusal(404, { type: 'NoSuchNamespaceException', message });
}

export function locationOfTable(catalog: SqliteCatalog, table: TableName): string {
  const location = catalog.findLocation(table);
  if (location !== undefined) return location;
  const message = `Table does not exist: ${[...table.namespace, table.name].join('.')}`;
  throw new RestRefusal(404, { type: 'NoSuchTableException', message });
}

function moved({ namespace, name }: TableName, location: string): RestRefusal {
  const message = `Table ${[...namespace, name].join('.')} is said to be at ${location}, outside of the warehouse: it was moved. Relocate the warehouse, then ask again.`;
  return new RestRefusal(500, { type: 'InternalServerError', message });
}

export function ok(body: unknown): RestAnswer {
  return { status: 200, body: JSON.stringify(body) };
}
