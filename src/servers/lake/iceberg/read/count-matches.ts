import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import type { SqlEngine } from '../sql-engine.ts';
import type { FilePlan, PlannedFile } from './plan-files.ts';
import { predicateSql } from './predicate.ts';
import { rowsWithFileSql } from './scan-sql.ts';

export interface MatchedFile {
  readonly planned: PlannedFile;
  /** Rows that are there, without those that delete files take away. */
  readonly rows: number;
  /** Those of them that the plan's predicate is true for. */
  readonly matching: number;
}

/** How many rows of each planned file the plan's predicate is true for. */
export async function countMatches(engine: SqlEngine, plan: FilePlan): Promise<readonly MatchedFile[]> {
  if (plan.files.length === 0) return [];
  const { sql, fileColumn } = await rowsWithFileSql(engine, plan);
  const predicate = plan.where ? predicateSql(plan.where) : 'true';
  const counted = await engine.run(
    `SELECT ${fileColumn} AS file, count(*) AS n, count(*) FILTER (WHERE ${predicate}) AS matching
     FROM (${sql}) AS scanned GROUP BY ALL`,
  );
  const byPath = new Map(plan.files.map((planned) => [pathOf(planned.file.location), planned]));
  return counted.map((row) => {
    const planned = byPath.get(String(row['file']));
    if (!planned) throw new IcebergError('DAMAGED', `${String(row['file'])} is no file of the table.`);
    return { planned, rows: Number(row['n']), matching: Number(row['matching']) };
  });
}
