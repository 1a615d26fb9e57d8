import type { DataFile } from '../avro/data-file.ts';
import { locationOf } from '../files/locations.ts';
import { quoteList, quoteName } from '../quote.ts';
import { asWritten } from '../read/as-written.ts';
import type { SqlEngine } from '../sql-engine.ts';
import { parseKey } from '../values/parse-key.ts';
import { columnMetrics, leavesOf, type StatisticsOfColumn } from './column-metrics.ts';
import type { ConstantTexts } from './constant-columns.ts';
import type { WriteTarget } from './write-data-files.ts';

/** A row of what `COPY … RETURN_STATS` answers. */
export interface CopiedFile {
  readonly filename: string;
  readonly count: string;
  readonly file_size_bytes: string;
  readonly column_statistics: readonly MapEntry<readonly MapEntry<string>[]>[];
  readonly partition_keys: readonly MapEntry<string | null>[] | null;
}

interface MapEntry<T> {
  readonly key: string;
  readonly value: T;
}

/** The files as a manifest describes them. */
export async function describeFiles(
  engine: SqlEngine,
  written: {
    target: WriteTarget;
    files: readonly CopiedFile[];
    keyNames: readonly string[];
    texts: ConstantTexts;
  },
): Promise<readonly DataFile[]> {
  const described: DataFile[] = [];
  for (const file of written.files) {
    const statistics = withConstants(statisticsOf(file), written.texts);
    const nans = await countNans(engine, { file: file.filename, statistics });
    described.push(describeFile({ ...written, file, statistics, nans }));
  }
  return described;
}

function describeFile(of: {
  target: WriteTarget;
  keyNames: readonly string[];
  file: CopiedFile;
  statistics: ReadonlyMap<string, StatisticsOfColumn>;
  nans: ReadonlyMap<string, number>;
}): DataFile {
  const { target, file } = of;
  const keys = new Map(file.partition_keys?.map(({ key, value }) => [key, value]));
  return {
    content: 0,
    location: locationOf(file.filename),
    format: 'PARQUET',
    specId: target.spec['spec-id'],
    partition: target.partitions.map(({ type }, index) =>
      parseKey(type, keys.get(of.keyNames[index] ?? '') ?? null),
    ),
    recordCount: Number(file.count),
    fileSizeBytes: Number(file.file_size_bytes),
    ...columnMetrics(leavesOf(target.schema), of),
    splitOffsets: null,
    equalityIds: null,
    // Rows are written as they come, whatever order the table's owner wishes for: 0 says so.
    sortOrderId: 0,
  };
}

function statisticsOf(file: CopiedFile): ReadonlyMap<string, StatisticsOfColumn> {
  return new Map(
    file.column_statistics.map(({ key, value }) => [
      key,
      Object.fromEntries(value.map((statistic) => [statistic.key, statistic.value])),
    ]),
  );
}

/** Of an ENUM, which a constant is written as, DuckDB tells no bounds. */
function withConstants(
  statistics: ReadonlyMap<string, StatisticsOfColumn>,
  texts: ConstantTexts,
): ReadonlyMap<string, StatisticsOfColumn> {
  const all = new Map(statistics);
  for (const [name, text] of texts) {
    const column = quoteName(name);
    all.set(column, { ...all.get(column), min: text, max: text });
  }
  return all;
}

/** By the quoted name of the column. DuckDB says that there are NaNs and not how many; files with some are asked. */
async function countNans(
  engine: SqlEngine,
  { file, statistics }: { file: string; statistics: ReadonlyMap<string, StatisticsOfColumn> },
): Promise<ReadonlyMap<string, number>> {
  // Only whole columns: in a list or a struct the count stays unknown.
  const columns = [...statistics].filter(([name, of]) => of['has_nan'] === 'true' && isOneName(name));
  if (columns.length === 0) return new Map();
  const counts = columns.map(
    ([name], index) => `count(*) FILTER (isnan(${name})) AS ${quoteName(`n${index}`)}`,
  );
  const [row] = await engine.run(
    `SELECT ${counts.join(', ')} FROM read_parquet(${quoteList([file])}, ${asWritten})`,
  );
  return new Map(columns.map(([name], index) => [name, Number(row?.[`n${index}`] ?? 0)]));
}

function isOneName(quoted: string): boolean {
  return /^"(?:[^"]|"")*"$/.test(quoted);
}
