import { type BigIntStats, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { SqliteCatalog } from '../catalog/sqlite-catalog.ts';
import { pathOf } from '../files/locations.ts';
import { readMetadata } from './read-metadata.ts';
import type { TableMetadata } from './table-metadata.ts';

/*
 * At a thousand snapshots a metadata file is 0.7 MB, and reading it was half of what a commit took. Files are not changed once
 * they have their name; size, time and inode show one that somebody changed nevertheless.
 */

interface Known {
  readonly stamp: string;
  readonly metadata: TableMetadata;
}

const known = new WeakMap<SqliteCatalog, Map<string, Known>>();

// Some megabytes each: the tables that a process works with at a time.
const mostKnown = 16;

/** @throws IcebergError DAMAGED, UNSUPPORTED; ENOENT as it comes. */
export async function loadMetadata(catalog: SqliteCatalog, location: string): Promise<TableMetadata> {
  // Before the reading: a change in between makes the next look read again.
  const stamp = stampOf(location);
  const found = known.get(catalog)?.get(location);
  if (found !== undefined && found.stamp === stamp) return found.metadata;
  const metadata = readMetadata(await readFile(pathOf(location), 'utf8'), location);
  if (stamp !== undefined) keep(catalog, { location, known: { stamp, metadata } });
  return metadata;
}

/** What was just written need not be read. */
export function rememberMetadata(
  catalog: SqliteCatalog,
  { location, metadata }: { location: string; metadata: TableMetadata },
): void {
  const stamp = stampOf(location);
  if (stamp !== undefined) keep(catalog, { location, known: { stamp, metadata } });
}

function keep(catalog: SqliteCatalog, { location, known: one }: { location: string; known: Known }): void {
  const all = known.get(catalog) ?? new Map<string, Known>();
  known.set(catalog, all);
  all.delete(location);
  all.set(location, one);
  const [oldest] = all.keys();
  if (all.size > mostKnown && oldest !== undefined) all.delete(oldest);
}

function stampOf(location: string): string | undefined {
  const facts: BigIntStats | undefined = statSync(pathOf(location), { bigint: true, throwIfNoEntry: false });
  return facts && `${facts.ino}/${facts.size}/${facts.mtimeNs}/${facts.ctimeNs}`;
}
