import { DuckDBInstance } from '@duckdb/node-api';

/** Counts with DuckDB's JSON parser what the JavaScript one has read. */
export async function countJsonRecords(text: string, recordPath: string): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const pointer = recordPath === '' || recordPath.startsWith('/') ? recordPath : `/${recordPath}`;
    const counted = await connection.runAndReadAll(
      `SELECT CASE json_type(v) WHEN 'ARRAY' THEN json_array_length(v) ELSE 1 END
       FROM (SELECT CASE WHEN $pointer = '' THEN $text::JSON ELSE json_extract($text::JSON, $pointer) END AS v)`,
      { text, pointer },
    );
    return Number(counted.getRows()[0]?.[0] ?? 0);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
