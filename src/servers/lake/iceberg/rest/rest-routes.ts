import type { TableName } from '../catalog/table-name.ts';
import { type PageRequest, pageRequest } from './page.ts';
import { RestRefusal } from './rest-refusal.ts';

export type RestRoute =
  | { readonly route: 'config' }
  | { readonly route: 'namespaces'; readonly parent: readonly string[]; readonly page: PageRequest }
  | { readonly route: 'namespace' | 'namespace-exists'; readonly namespace: readonly string[] }
  | { readonly route: 'tables'; readonly namespace: readonly string[]; readonly page: PageRequest }
  | { readonly route: 'table' | 'table-exists'; readonly table: TableName }
  | WriteRoute;

/** What changes something. */
export type WriteRoute =
  | { readonly route: 'create-namespace' }
  | { readonly route: 'drop-namespace' | 'create-table'; readonly namespace: readonly string[] }
  | { readonly route: 'commit'; readonly table: TableName }
  | { readonly route: 'drop-table'; readonly table: TableName; readonly isPurge: boolean };

export function isWrite(route: RestRoute): route is WriteRoute {
  return (writeRoutes as readonly string[]).includes(route.route);
}

const writeRoutes: readonly WriteRoute['route'][] = [
  'create-namespace',
  'drop-namespace',
  'create-table',
  'commit',
  'drop-table',
];

/** What clients are told that they may ask for: reading. */
export const restEndpoints = [
  'GET /v1/{prefix}/namespaces',
  'GET /v1/{prefix}/namespaces/{namespace}',
  'HEAD /v1/{prefix}/namespaces/{namespace}',
  'GET /v1/{prefix}/namespaces/{namespace}/tables',
  'GET /v1/{prefix}/namespaces/{namespace}/tables/{table}',
  'HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}',
];

/** The same where it may be written. */
export const restWriteEndpoints = [
  'POST /v1/{prefix}/namespaces',
  'DELETE /v1/{prefix}/namespaces/{namespace}',
  'POST /v1/{prefix}/namespaces/{namespace}/tables',
  'POST /v1/{prefix}/namespaces/{namespace}/tables/{table}',
  'DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}',
];

/**
 * @throws URIError when the path is not encoded as a URL's is.
 * @throws RestRefusal 404 for an unknown path, 406 for what would change something and may not.
 */
export function routeOf({
  method,
  url,
  mayWrite,
}: {
  method: string;
  url: URL;
  mayWrite: boolean;
}): RestRoute {
  const parts = url.pathname.split('/').slice(1).map(decodeURIComponent);
  const [version, kind, ...rest] = parts;
  if (version === 'v1' && kind === 'config' && rest.length === 0)
    return onlyReading(method, { route: 'config' });
  if (version !== 'v1' || kind !== 'namespaces' || rest.includes('')) throw unknownPath(url);
  const request = { method, url, parts: rest };
  return (
    (mayWrite && method !== 'GET' && method !== 'HEAD' && writeRoute(request)) || namespaceRoute(request)
  );
}

interface NamespaceRequest {
  readonly method: string;
  readonly url: URL;
  /** Behind `/v1/namespaces`. */
  readonly parts: readonly string[];
}

/** @returns undefined for what no part of the catalog is changed by */
function writeRoute(request: NamespaceRequest): WriteRoute | undefined {
  const [, tables = 'tables', , ...more] = request.parts;
  if (more.length > 0 || tables !== 'tables') return undefined;
  if (request.method === 'POST') return postRoute(request);
  return request.method === 'DELETE' ? deleteRoute(request) : undefined;
}

function postRoute({ parts: [space, tables, name] }: NamespaceRequest): WriteRoute {
  if (space === undefined) return { route: 'create-namespace' };
  const namespace = levelsOf(space);
  if (name !== undefined) return { route: 'commit', table: { namespace, name } };
  if (tables !== undefined) return { route: 'create-table', namespace };
  throw unsupported();
}

function deleteRoute({ url, parts: [space, tables, name] }: NamespaceRequest): WriteRoute | undefined {
  if (space === undefined) return undefined;
  const namespace = levelsOf(space);
  if (tables === undefined) return { route: 'drop-namespace', namespace };
  if (name === undefined) return undefined;
  const isPurge = url.searchParams.get('purgeRequested')?.toLowerCase() === 'true';
  return { route: 'drop-table', table: { namespace, name }, isPurge };
}

function namespaceRoute({ method, url, parts }: NamespaceRequest): RestRoute {
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
  throw unsupported();
}

function unsupported(): RestRefusal {
  const message = 'This catalog does not change that: tables are changed through the lake.';
  return new RestRefusal(406, { type: 'UnsupportedOperationException', message });
}

function unknownPath(url: URL): RestRefusal {
  return new RestRefusal(404, { type: 'NotFoundException', message: `There is nothing at ${url.pathname}` });
}
