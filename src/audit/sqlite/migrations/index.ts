import { tables } from './m001-tables.ts';
import { views } from './m001-views.ts';

export interface Migration {
  /** The `user_version` that the file has afterwards. */
  readonly version: number;
  readonly sql: string;
}

/**
 * Numbered from 1 without gaps, and frozen: a file out there was made by these very words. A change of the schema
 * or of a view is a new entry at the end.
 */
export const migrations: readonly Migration[] = [{ version: 1, sql: tables + views }];
