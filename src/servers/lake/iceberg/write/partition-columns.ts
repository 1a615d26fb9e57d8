import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { PartitionField } from '../partition/spec.ts';
import { duckdbType } from '../schema/duckdb-type.ts';
import { partitionKeySql } from '../values/transform-sql.ts';
import { pathSql } from './select-columns.ts';
import { targetOf } from './write-data-files.ts';

/** A field by which new files of a table are partitioned, as SQL over rows that have its source column. */
export interface PartitionColumn {
  readonly field: PartitionField;
  /** The column, or the field in structs, that the partition is made of. */
  readonly source: string;
  /** A text that is equal for rows of the same partition and null for null. The source is cast; what does not cast is null. */
  readonly key: string;
}

/** @throws IcebergError UNSUPPORTED for a transform that is not known. */
export function partitionColumns(metadata: TableMetadata): readonly PartitionColumn[] {
  return targetOf(metadata).partitions.map(({ field, transform, sourcePath, sourceType }) => {
    const source = `TRY_CAST(${pathSql(sourcePath)} AS ${duckdbType(sourceType)})`;
    return { field, source, key: partitionKeySql(transform, { sql: source, type: sourceType }) };
  });
}
