import type { TableName } from '../catalog/table-name.ts';
import { type PageRequest, pageRequest } from './page.ts';
import { RestRefusal } from './rest-refusal.ts';

export type RestRoute =
  | { readonly route: 'config' }
  | { readonly route: 'namespaces'; readonly parent: readonly string[]; readonly page: PageRequest }
  | { readonly route: 'namespace' | 'namespace-exists'; readonly namespace: readonly string[] }
  | { readonly route: 'tables'; readonly namespace: readonly string[]; readonly page: PageRequest }
  | { readonly route: 'table' | 'table-exists'; readonly table: TableName };

/** What clients are told that they may ask for: reading. */
export const restEndpoints = [
  'GET /v1/{prefix}/namespaces',
  'GET /v1/{prefix}/namespaces/{namespace}',
  'HEAD /v1/{prefix}/namespaces/{namespace}',
  'GET /v1/{prefix}/namespaces/{namespace}/tables',
  'GET /v1/{prefix}/namespaces/{namespace}/tables/{table}',
  'HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}',
];

/**
 * @throws URIError when the path is not encoded as a URL's is.
 * @throws RestRefusal 404 for an unknown path, 406 for what would change something.
 */
export function routeOf(method: string, url: URL): RestRoute {
  const parts = url.pathname.split('/').slice(1).map(decodeURIComponent);
  const [version, kind, ...rest] = parts;
  if (version === 'v1' && kind === 'config' && rest.length === 0)
    return onlyReading(method, { route: 'config' });
  if (version !== 'v1' || kind !== 'namespaces' || rest.includes('')) throw unknownPath(url);
  return namespaceRoute({ method, url, parts: rest });
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
  if (space === undefined) {
    const parent = levelsOf(url.searchParams.get('parent'));
    return onlyReading(method, { route: 'namespaces', parent, page: pageRequest(url.searchParams) });
  }
  const namespace = levelsOf(space);
  if (tables === undefined) {
    const route = method === 'HEAD' ? 'namespace-exists' : 'namespace';
    return onlyReading(method, { route, namespace });
  }
  if (tables !== 'tables' || more.length > 0) throw unknownPath(url);
  if (name === undefined) {
    return onlyReading(method, { route: 'tables', namespace, page: pageRequest(url.searchParams) });
  }
  const route = method === 'HEAD' ? 'table-exists' : 'table';
  return onlyReading(method, { route, table: { namespace, name } });
}

/** Levels of a namespace come with the unit separator between them. */
function levelsOf(text: string | null): readonly string[] {
  return text === null || text === '' ? [] : text.split('\u001f');
}

function onlyReading(method: string, route: RestRoute): RestRoute {
  if (method === 'GET' || method === 'HEAD') return route;
  const message = 'This catalog is read-only: tables are changed through the lake.';
  throw new RestRefusal(406, { type: 'UnsupportedOperationException', message });
}

function unknownPath(url: URL): RestRefusal {
  return new RestRefusal(404, { type: 'NotFoundException', message: `There is nothing at ${url.pathname}` });
}
