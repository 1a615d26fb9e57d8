import { IcebergError } from '../iceberg-error.ts';

export interface TableName {
  readonly namespace: readonly string[];
  readonly name: string;
}

/** `schema.table`: all before the last point is the namespace. */
export function tableName(text: string): TableName {
  const parts = text.split('.');
  return { namespace: parts.slice(0, -1), name: parts.at(-1) ?? '' };
}

/** How catalogs in SQL keep a namespace: its levels with points between them. */
export function namespaceText(namespace: readonly string[]): string {
  return namespace.join('.');
}

export function describeTable({ namespace, name }: TableName): string {
  return `"${[...namespace, name].join('.')}"`;
}

/** @throws IcebergError INVALID for a name that the catalog's layout could not tell from another one. */
export function checkTableName(table: TableName): void {
  const isBad = (part: string) => part === '' || part.length > 255 || part.includes('\u0000');
  const hasBadLevel = table.namespace.some((level) => isBad(level) || level.includes('.'));
  if (!hasBadLevel && table.namespace.length > 0 && !isBad(table.name)) return;
  throw new IcebergError('INVALID', `${describeTable(table)} is no name of a table.`, {
    hint: 'a table is named schema.table; no part is empty, a schema has no point in its name.',
  });
}
