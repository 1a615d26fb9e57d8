import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteText } from './quote-sql.ts';

/** What a DuckDB may reach once it is locked. */
export interface Reach {
  readonly folder?: string | undefined;
  readonly file?: string | undefined;
  /** The folder that it spills into; without one it does not spill: it would into `.tmp` of wherever the process is. */
  readonly scratch?: string | undefined;
  /** The most that is written there, e.g. `10GB`. */
  readonly maxSpill?: string | undefined;
}

/** No other file, no network, no extension, and no way back, for all connections of the instance. */
export async function lockDuckdb(
  connection: DuckDBConnection,
  { folder, file, scratch = '', maxSpill }: Reach,
): Promise<void> {
  for (const statement of [
    // Dates without a zone must not mean another instant on another machine.
    "SET GLOBAL TimeZone='UTC'",
    'SET GLOBAL autoinstall_known_extensions=false',
    'SET GLOBAL autoload_known_extensions=false',
    `SET GLOBAL temp_directory=${quoteText(scratch)}`,
    // Only now: a limit that is given before there is a folder is shown, and not kept.
    ...(maxSpill === undefined ? [] : [`SET GLOBAL max_temp_directory_size=${quoteText(maxSpill)}`]),
    ...(folder === undefined ? [] : [`SET GLOBAL allowed_directories=[${quoteText(folder)}]`]),
    ...(file === undefined ? [] : [`SET GLOBAL allowed_paths=[${quoteText(file)}]`]),
    'SET GLOBAL enable_external_access=false',
    'SET GLOBAL lock_configuration=true',
  ]) {
    await connection.run(statement);
  }
}
