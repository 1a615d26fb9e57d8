import { onTestFinished } from 'vitest';
import type { SqlEngine } from '../../../../../src/servers/lake/iceberg/index.ts';
import { openEngine } from './duckdb-engine-of-process.ts';

export type Row = Record<string, unknown>;

export async function engineOfTest(): Promise<SqlEngine> {
  const engine = await openEngine();
  onTestFinished(() => engine.close());
  return engine;
}
