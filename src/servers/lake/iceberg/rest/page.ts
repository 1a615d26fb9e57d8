import { RestRefusal } from './rest-refusal.ts';

export interface PageRequest {
  /** Absent when the client does not page; empty for the first page. */
  readonly token: string | undefined;
  readonly size: number | undefined;
}

/** @throws RestRefusal 400 for a size that is none. */
export function pageRequest(parameters: URLSearchParams): PageRequest {
  const size = parameters.get('pageSize');
  if (size !== null && !/^[1-9]\d{0,8}$/.test(size))
    throw RestRefusal.badRequest(`pageSize "${size}" is no size.`);
  return {
    token: parameters.get('pageToken') ?? undefined,
    size: size === null ? undefined : Number(size),
  };
}

/**
 * A part of a sorted list. A client that sends no token gets all of it, as the protocol asks. The token is the last name of the
 * page before, so that what comes and goes meanwhile shifts nothing.
 */
export function pageOf<T>(
  items: readonly T[],
  { page, keyOf }: { page: PageRequest; keyOf: (item: T) => string },
): { items: readonly T[]; next: string | null } {
  if (page.token === undefined) return { items, next: null };
  const after = page.token === '' ? undefined : readToken(page.token);
  const rest = after === undefined ? items : items.filter((item) => compare(keyOf(item), after) > 0);
  const part = rest.slice(0, page.size ?? defaultSize);
  const last = part.at(-1);
  return {
    items: part,
    next: last === undefined || part.length === rest.length ? null : tokenOf(keyOf(last)),
  };
}

const defaultSize = 1000;

/** By bytes, as SQLite sorts. */
export function compare(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function tokenOf(key: string): string {
  return Buffer.from(`>${key}`).toString('base64url');
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (text.startsWith('>') && tokenOf(text.slice(1)) === token) return text.slice(1);
  throw RestRefusal.badRequest('The page token is not one that was given out here.');
}
