import type { SqlEngine } from '../../servers/lake/iceberg/index.ts';

/** A DuckDB that can reach this folder and nothing else; it is started by the first statement. */
export function openLazyEngine(warehouse: string): SqlEngine & { close(): Promise<void> } {
  let opened: Promise<SqlEngine & { close(): void }> | undefined;
  return {
    run: async (sql) => {
      opened ??= openEngine(warehouse);
      return (await opened).run(sql);
    },
    close: async () => {
      if (opened) (await opened).close();
    },
  };
}

async function openEngine(warehouse: string): Promise<SqlEngine & { close(): void }> {
  const { openDuckdb } = await import('../../servers/lake/storage/open-duckdb.ts');
  const duckdb = await openDuckdb({ warehouse, memory: '1GB', threads: undefined });
  const connection = await duckdb.instance.connect();
  return {
    run: async (sql) =>
      (await connection.runAndReadAll(sql)).getRowObjectsJson() as Awaited<ReturnType<SqlEngine['run']>>,
    close: () => {
      connection.closeSync();
      duckdb.close();
    },
  };
}
