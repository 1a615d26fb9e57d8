import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type PreparedRows, prepareRows, tableName } from '../iceberg/index.ts';
import type { SourceRecord } from '../sources/source.ts';
import { auditSql, constantColumns, type LoadOrigin } from './load-sql.ts';
import { quoteName, quoteText } from './quote-sql.ts';
import { makeScratchFolder } from './scratch-folders.ts';
import { soundRowsSql } from './sound-rows-sql.ts';
import type { StoreSession } from './store-session.ts';
import type { FastCsvRecords, LoadRequest } from './table-store.ts';

interface ChunkedLoad {
  readonly fastCsv: FastCsvRecords;
  readonly request: LoadRequest;
  readonly origin: LoadOrigin;
  /** SQL that is true for a row that no rule of quality can set aside; the others are judged with all that is not early. */
  readonly keepsRules: string;
  /** Filled while the chunks are read. */
  readonly early: PreparedRows[];
}

/**
 * Writes the sound rows of each chunk as files of the table and gives back all other records of the file, in its order.
 * Which rows are in the files is read from the files: a record that did not come through, for whatever reason, is among the others.
 */
export async function* loadChunks(
  at: StoreSession,
  load: ChunkedLoad,
): AsyncGenerator<readonly SourceRecord[]> {
  const { definition, casts } = load.request;
  const { width, fields } = load.fastCsv;
  const folder = makeScratchFolder(at.warehouse.folder, `load-${load.origin.id}`);
  try {
    for await (const chunk of load.fastCsv.open(folder)) {
      if (chunk.cleanRows > 0) {
        const sound = soundRowsSql(definition, {
          rules: casts,
          records: { copies: chunk.copies, width, fields },
        });
        const prepared = await prepareRows(at.warehouse, {
          table: tableName(definition.table),
          select: withAudit(sound, load),
          constants: constantColumns(load.origin),
        });
        load.early.push(prepared);
        chunk.taken(await linesOf(at, prepared));
      }
      yield* chunk.rest();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withAudit(sound: string, { request, origin, keepsRules }: ChunkedLoad): string {
  const values = request.definition.columns.map(({ name }, index) => `v${index} AS ${quoteName(name)}`);
  return `SELECT * FROM (SELECT ${[...values, ...auditSql(origin)].join(', ')} FROM (${sound})) WHERE ${keepsRules}`;
}

/** The lines of the rows that were written, 32 to a word. */
async function linesOf(
  { session }: StoreSession,
  { files }: PreparedRows,
): Promise<{ word: number; bits: number; rows: number }[]> {
  if (files.length === 0) return [];
  const paths = files.map(({ location }) => quoteText(fileURLToPath(location)));
  const found = await session.read(
    `SELECT _source_line // 32, bit_or(1::BIGINT << (_source_line % 32)), count(*)
     FROM read_parquet([${paths.join(', ')}], hive_partitioning=false) GROUP BY 1`,
  );
  return found
    .getRows()
    .map(([word, bits, rows]) => ({ word: Number(word), bits: Number(bits), rows: Number(rows) }));
}
