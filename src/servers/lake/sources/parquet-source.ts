import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { messageOf } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { lockDuckdb } from '../storage/lock-duckdb.ts';
import type { FileFacts } from './file-facts.ts';
import { jsonFault, parseExactly, type Value } from './json-value.ts';
import { checkParquetSchema } from './parquet-footer.ts';
import { isWanted, toSourceRecord } from './record-source.ts';
import { batchSize, type Reading, type Source, type SourceOptions, type SourceRecord } from './source.ts';

/** Parquet is read by a DuckDB of its own that may open this one file and nothing else. */
export async function openParquet(
  path: string,
  { facts, options }: { facts: FileFacts; options: SourceOptions },
): Promise<Source> {
  await checkParquetSchema(path);
  const columns = await askParquet(
    path,
    'SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet($path))',
  );
  return {
    format: 'parquet',
    facts,
    columns: columns.map(([name]) => String(name)),
    columnsComplete: true,
    shape: {},
    read: (wanted) => readParquet(path, { wanted, options }),
    countUnits: async () =>
      Number((await askParquet(path, 'SELECT sum(num_rows) FROM parquet_file_metadata($path)'))[0]?.[0] ?? 0),
  };
}

async function askParquet(path: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  const { connection, close } = await openFor(path);
  try {
    return (await connection.runAndReadAll(sql, { path })).getRows();
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    close();
  }
}

function unreadable(path: string, error: unknown): LakeFailure {
  // DuckDB shows bytes of the file as they are, and a statement that is none of the caller's.
  const what = messageOf(error)
    .replace(/\s*\n\n?(?:LINE \d+:|Stack Trace|Possible solutions).*$/s, '')
    .replaceAll(path, 'the file')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return new LakeFailure(
    `The file is not readable Parquet: ${what}`,
    'check that it was copied whole, or set options.format.',
  );
}

async function openFor(path: string) {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' });
  const connection = await instance.connect();
  await lockDuckdb(connection, { file: path });
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  return { connection, close };
}

function readParquet(path: string, how: { wanted: readonly string[]; options: SourceOptions }): Reading {
  let units = 0;
  async function* batches(): AsyncGenerator<readonly SourceRecord[]> {
    let batch: SourceRecord[] = [];
    for await (const raw of readRows(path)) {
      units += 1;
      const record = { ...parseRow(raw, units), line: units };
      if (isWanted(record.value, how.options)) batch.push(toSourceRecord(record, how));
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }
  return { batches: batches(), unitsRead: () => units };
}

/** DuckDB writes a double that is no number as JSON does not know it: such a value becomes its text, to be judged as one. */
function parseRow(text: string, row: number): { value: Value; raw: string } {
  try {
    return { value: parseExactly(text), raw: text };
  } catch {
    const raw = text.replaceAll(noNumberOrText, (found) => (found.startsWith('"') ? found : `"${found}"`));
    try {
      return { value: parseExactly(raw), raw };
    } catch (error) {
      throw new LakeFailure(
        `Row ${row} of the Parquet file cannot be read as JSON: ${jsonFault(error)}.`,
        'write the file anew with columns of plain types.',
      );
    }
  }
}

const noNumberOrText = /"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)/g;

/** Each row as JSON text. @throws LakeFailure at the first page that cannot be read. */
async function* readRows(path: string): AsyncGenerator<string> {
  const { connection, close } = await openFor(path);
  try {
    yield* rowTexts(connection, path);
  } catch (error) {
    throw error instanceof LakeFailure ? error : unreadable(path, error);
  } finally {
    close();
  }
}

async function* rowTexts(connection: DuckDBConnection, path: string): AsyncGenerator<string> {
  const sql = 'SELECT to_json(whole_row) FROM read_parquet($path) AS whole_row';
  const result = await connection.stream(sql, { path });
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    for (const [text] of chunk.getRows()) yield String(text);
  }
}
