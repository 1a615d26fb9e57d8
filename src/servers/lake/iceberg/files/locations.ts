import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { IcebergError } from '../iceberg-error.ts';

/*
 * Locations are texts of the form `file:///folder/name`. No engine decodes percent signs in them, so nothing is encoded:
 * the folder of a warehouse must do without the signs that begin another part of a URI.
 */

/** @throws IcebergError INVALID for a path that other engines would take apart. */
export function locationOf(path: string): string {
  if (isAbsolute(path) && !/[?#%]/.test(path)) return `file://${path}`;
  throw new IcebergError('INVALID', `A warehouse cannot be in ${path}: other engines cut such a location.`, {
    hint: 'give an absolute path without "?", "#" and "%".',
  });
}

/** @throws IcebergError UNSUPPORTED when the location is on another machine. */
export function pathOf(location: string): string {
  const match = /^(?:file:\/\/(?=\/)|file:(?=\/[^/])|local:\/{3}(?=\/)|)(\/.*)$/s.exec(location);
  if (match?.[1] !== undefined) return match[1];
  throw new IcebergError('UNSUPPORTED', `${location} is not on this machine.`, {
    hint: 'only tables in folders (file:///...) are read and written.',
  });
}

/** A folder's name for any name of a table: what is not plain is replaced, and a hash keeps names apart. */
export function folderName(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/.test(name)) return name;
  const plain = name.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60);
  return `${plain}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
