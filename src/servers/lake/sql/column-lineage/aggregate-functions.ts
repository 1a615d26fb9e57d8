import type { SqlSession } from './tree-text.ts';

/** The names of all functions that sum up rows, as this DuckDB has them. */
export async function aggregateFunctions(session: SqlSession): Promise<ReadonlySet<string>> {
  const rows = await session.run(
    "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'",
  );
  return new Set(rows.map((row) => String(row['function_name'])));
}
