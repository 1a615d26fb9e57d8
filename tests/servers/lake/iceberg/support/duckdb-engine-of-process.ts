import { DuckDBInstance } from '@duckdb/node-api';
import type { SqlEngine } from '../../../../../src/servers/lake/iceberg/index.ts';

/** The project's own DuckDB, in memory. */
export async function openEngine(): Promise<SqlEngine & { close(): void }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return {
    run: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, never>[],
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
