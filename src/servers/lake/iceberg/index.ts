/*
 * Apache Iceberg tables in a folder: Parquet by DuckDB, manifests by avsc, a catalog in SQLite. Of the rest of
 * the program only src/domain and src/errors are known here; what DuckDB does is asked for through `SqlEngine`.
 */
export type { DataFile, ManifestEntry, ManifestFile } from './avro/data-file.ts';
export { SqliteCatalog } from './catalog/sqlite-catalog.ts';
export { describeTable, type TableName, tableName } from './catalog/table-name.ts';
export {
  appendPrepared,
  appendRows,
  type CommitRequest,
  type PreparedRequest,
  type WriteRequest,
} from './commit/append.ts';
export type { BasedOn } from './commit/based-on.ts';
export { type CreateTableRequest, createTable } from './commit/create-table.ts';
export { type DeleteFilesRequest, deleteFiles } from './commit/delete-files.ts';
export {
  type ChangeTableRequest,
  changePartitioning,
  changeProperties,
  changeSchema,
  changeTable,
  type RollbackRequest,
  rollbackTo,
} from './commit/evolve-table.ts';
export {
  type OverwritePreparedRequest,
  type OverwriteRequest,
  type OverwriteRowsRequest,
  overwritePartitions,
  overwritePrepared,
  overwriteRows,
  overwriteTable,
} from './commit/overwrite.ts';
export { type OverwriteReshapedRequest, overwriteReshaped } from './commit/overwrite-reshaped.ts';
export { discardPrepared, type PrepareRequest, prepareRows } from './commit/prepare.ts';
export { loadTable, type TableState } from './commit/table-state.ts';
export type { WrittenSnapshot } from './commit/write-snapshot.ts';
export { explainFailure } from './files/failures.ts';
export { IcebergError, type IcebergErrorCode } from './iceberg-error.ts';
export { type Compacted, type CompactRequest, compactFiles } from './maintain/compact-files.ts';
export { dropTable } from './maintain/drop-table.ts';
export {
  type Expired,
  type ExpireRequest,
  expireSnapshots,
  expiringSnapshots,
} from './maintain/expire-snapshots.ts';
export { listOrphans, type Orphan, type OrphanRequest, removeOrphans } from './maintain/orphans.ts';
export { type Relocated, relocateWarehouse, strayTables } from './maintain/relocate-warehouse.ts';
export { listStrayFiles, type StrayFile } from './maintain/stray-files.ts';
export {
  ancestorsOf,
  currentSchema,
  currentSnapshot,
  findSnapshot,
  schemaOf,
  snapshotOf,
} from './metadata/read-metadata.ts';
export type { Snapshot, SnapshotId, SnapshotSummary, TableMetadata } from './metadata/table-metadata.ts';
export type { DraftPartition, PartitionField, PartitionSpec } from './partition/spec.ts';
export { quoteName, quoteText } from './quote.ts';
export { checkFiles } from './read/check-files.ts';
export { readLiveEntries, readManifestList } from './read/live-files.ts';
export {
  type FilePlan,
  type PlannedFile,
  type PlanRequest,
  planFiles,
  planTable,
  snapshotAt,
} from './read/plan-files.ts';
export type { Literal, Predicate } from './read/predicate.ts';
export { type Scan, type ScanRequest, scanSql, scanTable } from './read/scan-sql.ts';
export type { RestWrites } from './rest/answer-write.ts';
export { type RestFront, type RestSettings, serveRest } from './rest/serve-rest.ts';
export { duckdbType } from './schema/duckdb-type.ts';
export type { SchemaChange } from './schema/evolve-schema.ts';
export type { ColumnPath } from './schema/find-field.ts';
export { identifierColumns } from './schema/identifiers.ts';
export type { DraftField, DraftType, IcebergType, Schema, StructField } from './schema/types.ts';
export type { SqlEngine, SqlValue } from './sql-engine.ts';
export { openWarehouse, type Warehouse, type WarehouseSettings, withEngine } from './warehouse.ts';
export { parsePrepared } from './write/parse-prepared.ts';
export { type PartitionColumn, partitionColumns } from './write/partition-columns.ts';
export type { PreparedFile, PreparedRows } from './write/prepared-rows.ts';
