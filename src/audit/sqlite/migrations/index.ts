import { tables } from './m001-tables.ts';
import { views } from './m001-views.ts';
import { tables as tables2 } from './m002-tables.ts';
import { views as views2 } from './m002-views.ts';
import { removals } from './m003-removals.ts';

export interface Migration {
  /** The `user_version` that the file has afterwards. */
  readonly version: number;
  readonly sql: string;
}

/**
 * Numbered from 1 without gaps, and frozen: a file out there was made by these very words. A change of the schema
 * or of a view is a new entry at the end.
 */
export const migrations: readonly Migration[] = [
  { version: 1, sql: tables + views },
  { version: 2, sql: tables2 + views2 },
  { version: 3, sql: removals },
];
