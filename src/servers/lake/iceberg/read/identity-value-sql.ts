import type { DataFile } from '../avro/data-file.ts';
import { IcebergError } from '../iceberg-error.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { quoteText } from '../quote.ts';
import { duckdbType } from '../schema/duckdb-type.ts';
import type { StructField } from '../schema/types.ts';
import { partitionsOf } from './live-files.ts';

/** The value that a file's partition gives to a column, or undefined when the column is no identity partition of it. */
export function identityValueSql(
  field: StructField,
  { file, metadata }: { file: DataFile; metadata: TableMetadata },
): string | undefined {
  const partitions = partitionsOf(metadata, file.specId);
  const index = partitions.findIndex((partition) => isIdentityOf(partition, field.id));
  if (index === -1) return undefined;
  const value = file.partition[index] ?? null;
  const type = duckdbType(field.type);
  if (value === null) return `NULL::${type}`;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') {
    const text = field.type === 'date' ? `DATE '1970-01-01' + ${Number(value)}` : quoteText(String(value));
    return `CAST(${text} AS ${type})`;
  }
  if (typeof value === 'bigint' && field.type === 'long') return `CAST(${value} AS ${type})`;
  throw new IcebergError(
    'UNSUPPORTED',
    `"${field.name}" is in the partitions of files and not in the files themselves.`,
    {
      hint: 'let the engine that added the files rewrite them.',
    },
  );
}

function isIdentityOf(partition: ReturnType<typeof partitionsOf>[number], fieldId: number): boolean {
  return partition.transform.kind === 'identity' && partition.field['source-id'] === fieldId;
}
