/** A value as DuckDB's binding prints it in JSON: whole numbers beyond 32 bits as text, a MAP as `[{ key, value }]`. */
export type SqlValue =
  | null
  | boolean
  | number
  | string
  | readonly SqlValue[]
  | { readonly [name: string]: SqlValue };

/**
 * The one thing that is asked of DuckDB: run this statement. Its session's time zone must be UTC, and it must be
 * allowed to read and write the warehouse's folder.
 */
export interface SqlEngine {
  /** All rows of the answer, each as an object of its columns. Rejects with DuckDB's own words. */
  run(sql: string): Promise<readonly { readonly [column: string]: SqlValue }[]>;
}
