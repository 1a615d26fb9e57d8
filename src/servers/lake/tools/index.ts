import { checkQuality } from './check-quality.ts';
import { compactTable } from './compact-table.ts';
import { createTable } from './create-table.ts';
import { describeTable } from './describe-table.ts';
import { diffSchema } from './diff-schema.ts';
import { evolveTable } from './evolve-table.ts';
import { ingest } from './ingest.ts';
import { inspectFile } from './inspect-file.ts';
import { listFiles } from './list-files.ts';
import { listTables } from './list-tables.ts';
import { planCompute } from './plan-compute.ts';
import { previewSql } from './preview-sql.ts';
import { profileFile } from './profile-file.ts';
import { rollbackSnapshot } from './rollback-snapshot.ts';
import { runMapping } from './run-mapping.ts';
import { tableHistory } from './table-history.ts';
import type { AnyLakeTool } from './tool-definition.ts';
import { writeRows } from './write-rows.ts';

/** In the order in which they are used. */
export const lakeTools: readonly AnyLakeTool[] = [
  listFiles,
  inspectFile,
  profileFile,
  diffSchema,
  planCompute,
  createTable,
  evolveTable,
  ingest,
  previewSql,
  runMapping,
  writeRows,
  listTables,
  describeTable,
  tableHistory,
  checkQuality,
  compactTable,
  rollbackSnapshot,
];
