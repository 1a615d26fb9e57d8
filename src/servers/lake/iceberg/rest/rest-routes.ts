import type { TableName } from '../catalog/table-name.ts';

export type RestRoute =
  | { readonly route: 'config' }
  | { readonly route: 'namespaces'; readonly parent: readonly string[] }
  | { readonly route: 'namespace' | 'namespace-exists' | 'tables'; readonly namespace: readonly string[] }
  | { readonly route: 'table' | 'table-exists'; readonly table: TableName }
  | { readonly route: 'refused'; readonly status: number; readonly type: string; readonly message: string };

/** What clients are told that they may ask for: reading. */
export const restEndpoints = [
  'GET /v1/{prefix}/namespaces',
  'GET /v1/{prefix}/namespaces/{namespace}',
  'HEAD /v1/{prefix}/namespaces/{namespace}',
  'GET /v1/{prefix}/namespaces/{namespace}/tables',
  'GET /v1/{prefix}/namespaces/{namespace}/tables/{table}',
  'HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}',
];

/** @throws URIError when the path is not encoded as a URL's is. */
export function routeOf(method: string, url: URL): RestRoute {
  const parts = url.pathname.split('/').slice(1).map(decodeURIComponent);
  if (parts[0] !== 'v1') return unknownPath(url);
  if (parts.length === 2 && parts[1] === 'config') return onlyGet(method, { route: 'config' });
  return parts[1] === 'namespaces'
    ? namespaceRoute({ method, url, parts: parts.slice(2) })
    : unknownPath(url);
}

function namespaceRoute({
  method,
  url,
  parts,
}: {
  method: string;
  url: URL;
  parts: readonly string[];
}): RestRoute {
  const [space, tables, name, ...more] = parts;
  if (space === undefined)
    return onlyGet(method, { route: 'namespaces', parent: levelsOf(url.searchParams.get('parent')) });
  const namespace = levelsOf(space);
  if (tables === undefined) {
    return method === 'HEAD'
      ? { route: 'namespace-exists', namespace }
      : onlyGet(method, { route: 'namespace', namespace });
  }
  if (tables !== 'tables' || more.length > 0) return unknownPath(url);
  if (name === undefined) return onlyGet(method, { route: 'tables', namespace });
  const table = { namespace, name };
  return method === 'HEAD' ? { route: 'table-exists', table } : onlyGet(method, { route: 'table', table });
}

/** Levels of a namespace come with the unit separator between them. */
function levelsOf(text: string | null): readonly string[] {
  return text === null || text === '' ? [] : text.split('\u001f');
}

function onlyGet(method: string, route: RestRoute): RestRoute {
  if (method === 'GET') return route;
  const message = 'This catalog is read-only: tables are changed through the lake.';
  return { route: 'refused', status: 406, type: 'UnsupportedOperationException', message };
}

function unknownPath(url: URL): RestRoute {
  return {
    route: 'refused',
    status: 404,
    type: 'NotFoundException',
    message: `There is nothing at ${url.pathname}`,
  };
}
