import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import { LakeFailure } from '../../../../src/servers/lake/lake-failure.ts';
import type { RuleReader } from '../../../../src/servers/lake/quality/evaluate-rules.ts';
import { toResultRows } from '../../../../src/servers/lake/storage/result-values.ts';

/** Rules over a DuckDB of the test's own; `readQuery` puts the candidate where `product_core.t` is named. */
export async function openReader(...statements: string[]): Promise<RuleReader & { statements: string[] }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  for (const statement of statements) await connection.run(statement);
  const asked: string[] = [];
  const read = async (sql: string) => {
    asked.push(sql);
    return readRows(connection, sql);
  };
  return { read, statements: asked, readQuery: (sql) => read(sql.replaceAll('product_core.t', 't')) };
}

async function readRows(connection: DuckDBConnection, sql: string) {
  try {
    return toResultRows(await connection.runAndReadAll(sql));
  } catch (error) {
    throw new LakeFailure(String(error));
  }
}
