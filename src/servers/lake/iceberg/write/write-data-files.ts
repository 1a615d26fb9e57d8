import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFile } from '../avro/data-file.ts';
import { syncFile, syncFolder } from '../files/durable-files.ts';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { currentSchema } from '../metadata/read-metadata.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { type BoundPartition, bindSpec, type PartitionSpec } from '../partition/spec.ts';
import { quoteList, quoteName, quoteText } from '../quote.ts';
import { asWritten } from '../read/as-written.ts';
import { duckdbType, fieldIdsSql } from '../schema/duckdb-type.ts';
import type { Schema } from '../schema/types.ts';
import type { SqlEngine } from '../sql-engine.ts';
import { partitionKeySql } from '../values/transform-sql.ts';
import { type ConstantColumns, type ConstantTexts, constantTexts } from './constant-columns.ts';
import { type CopiedFile, describeFiles } from './describe-files.ts';
import { columnSql, columnsOf, pathSql } from './select-columns.ts';

/** What the files are written by. */
export interface WriteTarget {
  readonly metadata: TableMetadata;
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly partitions: readonly BoundPartition[];
  /** The aim of this write; the table's own when it is not said. */
  readonly fileBytes?: number | undefined;
}

export function targetOf(metadata: TableMetadata, fileBytes?: number): WriteTarget {
  const schema = currentSchema(metadata);
  const spec = metadata['partition-specs'].find(
    (candidate) => candidate['spec-id'] === metadata['default-spec-id'],
  );
  if (!spec) throw new IcebergError('DAMAGED', 'The table has no default partition spec.');
  return { metadata, schema, spec, partitions: bindSpec(spec, schema), fileBytes };
}

/**
 * The rows of a SELECT as Parquet files in the table's folder, on disk, and known to nobody yet.
 * Columns are matched by name; those that the SELECT lacks are null. Each is cast to its type as SQL casts.
 * @throws IcebergError INVALID for a column that the table has not, UNSUPPORTED for a type that cannot be written, NO_SPACE.
 */
export async function writeDataFiles(
  engine: SqlEngine,
  {
    target,
    select,
    constants = new Map(),
  }: { target: WriteTarget; select: string; constants?: ConstantColumns },
): Promise<readonly DataFile[]> {
  const folder = join(pathOf(target.metadata.location), 'data');
  await mkdir(folder, { recursive: true });
  const allKeys = keyNamesOf(target);
  const onlyPartition = await partitionOf(engine, { target, keyNames: allKeys, constants });
  const keyNames = onlyPartition ? [] : allKeys;
  const texts = await constantTexts(engine, { schema: target.schema, constants });
  const rows = await rowsSql(engine, { target, select, keyNames, texts });
  // A name of this write alone: when it fails half way, what it left is known by it.
  const prefix = `${ownFilePrefix}${randomUUID().slice(0, 8)}-`;
  try {
    const copied = await copyRows(engine, { target, keyNames, rows, folder, prefix });
    const split = await splitLargeFiles(engine, { target, files: copied, folder, prefix });
    const files = onlyPartition ? split.map((file) => ({ ...file, partition_keys: onlyPartition })) : split;
    for (const file of files) await syncFile(file.filename);
    await syncFolder(folder);
    return await describeFiles(engine, { target, files, keyNames: allKeys, texts });
  } catch (error) {
    await removeStarted(folder, prefix);
    throw error;
  }
}

/**
 * The partition of all rows, where constants alone decide it: DuckDB then need not divide them, which costs it a fourth of
 * the time of a large write.
 */
async function partitionOf(
  engine: SqlEngine,
  {
    target,
    keyNames,
    constants,
  }: { target: WriteTarget; keyNames: readonly string[]; constants: ConstantColumns },
): Promise<CopiedFile['partition_keys'] | undefined> {
  const sources = target.partitions.map(({ sourcePath }) =>
    constants.get(sourcePath[0]?.toLowerCase() ?? ''),
  );
  if (keyNames.length === 0 || target.partitions.some(({ sourcePath }) => sourcePath.length !== 1))
    return undefined;
  if (sources.some((source) => source === undefined)) return undefined;
  const keys = target.partitions.map(({ transform, sourceType }, index) => {
    const sql = `(CAST(${sources[index]} AS ${duckdbType(sourceType)}))`;
    return `CAST(${partitionKeySql(transform, { sql, type: sourceType })} AS VARCHAR) AS ${quoteName(keyNames[index] ?? '')}`;
  });
  const [row = {}] = await engine.run(`SELECT ${keys.join(', ')}`);
  return keyNames.map((key) => ({ key, value: (row[key] ?? null) as string | null }));
}

async function copyRows(engine: SqlEngine, copy: Copy): Promise<readonly CopiedFile[]> {
  const { target, keyNames, rows, folder } = copy;
  const byPartition = `PARTITION_BY (${keyNames.map(quoteName).join(', ')}), HIVE_FILE_PATTERN false`;
  // DuckDB's own folders escape slashes and blanks in a way of its own; values are in the manifest anyway.
  const division = keyNames.length === 0 ? `FILE_SIZE_BYTES ${targetBytesOf(target)}` : byPartition;
  const copied = await engine.run(
    `COPY (${rows}) TO ${quoteText(folder)} (${copyOptions(target, copy.prefix)}, ${division})`,
  );
  const files = copied.map((row) => row as unknown as CopiedFile);
  const isEmpty = (file: CopiedFile) => Number(file.count) === 0;
  for (const file of files.filter(isEmpty)) await rm(file.filename);
  return files.filter((file) => !isEmpty(file));
}

interface Copy {
  readonly target: WriteTarget;
  readonly keyNames: readonly string[];
  readonly rows: string;
  readonly folder: string;
  readonly prefix: string;
}

/** DuckDB writes a partition as one file, however large. One that is far above the table's aim is written once more, in parts. */
async function splitLargeFiles(
  engine: SqlEngine,
  work: { target: WriteTarget; files: readonly CopiedFile[]; folder: string; prefix: string },
): Promise<readonly CopiedFile[]> {
  const targetBytes = targetBytesOf(work.target);
  const parts: CopiedFile[] = [];
  for (const file of work.files) {
    if (Number(file.file_size_bytes) < 1.5 * targetBytes) {
      parts.push(file);
      continue;
    }
    const rows = `SELECT * FROM read_parquet(${quoteList([file.filename])}, ${asWritten})`;
    const split = await copyRows(engine, { ...work, keyNames: [], rows });
    parts.push(...split.map((part) => ({ ...part, partition_keys: file.partition_keys })));
    await rm(file.filename);
  }
  return parts;
}

async function removeStarted(folder: string, prefix: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  for (const name of names) await rm(join(folder, name), { force: true });
}

/** Names of the columns that say where a row goes; they are in no file. */
function keyNamesOf({ schema, partitions }: WriteTarget): readonly string[] {
  const taken = schema.fields.map((field) => field.name.toLowerCase());
  let prefix = '__partition';
  while (taken.some((name) => name.startsWith(prefix))) prefix += '_';
  return partitions.map((_, index) => `${prefix}${index}`);
}

async function rowsSql(
  engine: SqlEngine,
  {
    target,
    select,
    keyNames,
    texts,
  }: { target: WriteTarget; select: string; keyNames: readonly string[]; texts: ConstantTexts },
): Promise<string> {
  const given = await columnsOf(engine, select);
  const columns = columnSql(target.schema, { given, texts }).join(', ');
  const rows = `SELECT ${columns} FROM (${select}) AS source`;
  if (keyNames.length === 0) return rows;
  const keys = target.partitions.map(({ transform, sourcePath, sourceType }, index) => {
    const key = partitionKeySql(transform, { sql: pathSql(sourcePath), type: sourceType });
    return `${key} AS ${quoteName(keyNames[index] ?? '')}`;
  });
  return `SELECT *, ${keys.join(', ')} FROM (${rows}) AS cast_rows`;
}

function copyOptions({ schema, metadata }: WriteTarget, prefix: string): string {
  const codec = metadata.properties['write.parquet.compression-codec'] ?? 'zstd';
  const level =
    metadata.properties['write.parquet.compression-level'] ?? (codec === 'zstd' ? '1' : undefined);
  return [
    'FORMAT parquet',
    `COMPRESSION ${quoteText(codec === 'none' ? 'uncompressed' : codec)}`,
    // zstd's lowest level takes a fifth less time than DuckDB's choice for a whole write, and 1 % more space.
    ...(codec === 'zstd' && /^\d{1,2}$/.test(level ?? '') ? [`COMPRESSION_LEVEL ${level}`] : []),
    `FIELD_IDS ${fieldIdsSql(schema.fields)}`,
    `FILENAME_PATTERN '${prefix}{uuidv7}'`,
    'APPEND',
    'RETURN_STATS',
  ].join(', ');
}

function targetBytesOf({ metadata, fileBytes }: WriteTarget): number {
  const bytes =
    fileBytes ?? Number(metadata.properties['write.target-file-size-bytes'] ?? defaultTargetBytes);
  return bytes > 0 ? bytes : defaultTargetBytes;
}

/** 512 MB, the format's own aim. */
const defaultTargetBytes = 536_870_912;

/** Files of this name have field ids in them and all their columns: they can be read without a look at each. */
export const ownFilePrefix = 'rows-';
