import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CsvChunk } from '../fast-csv/fast-csv.ts';
import { type PreparedRows, prepareRows, tableName } from '../iceberg/index.ts';
import { GrowingBatch, type SourceRecord } from '../sources/source.ts';
import { closeChunkWriters, openChunkWriters } from './chunk-writers.ts';
import { inOrder } from './in-order.ts';
import { auditSql, constantColumns, type LoadOrigin } from './load-sql.ts';
import { quoteName, quoteText } from './quote-sql.ts';
import { makeScratchFolder } from './scratch-folders.ts';
import { soundRowsSql } from './sound-rows-sql.ts';
import type { SessionBeside, StoreSession } from './store-session.ts';
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
  const folder = makeScratchFolder(at.warehouse.folder, `load-${load.origin.id}`);
  const writers = await openChunkWriters(at);
  const keep = ({ prepared }: WrittenChunk): void => {
    if (prepared) load.early.push(prepared);
  };
  try {
    const written = inOrder(load.fastCsv.open(folder), {
      workers: writers,
      work: (chunk, writer) => writeSoundRows(writer, { chunk, load }),
      leave: keep,
    });
    yield* recordsLeft(written, keep);
  } finally {
    await closeChunkWriters(writers);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of all chunks together: each batch is judged by statements that cost as much for ten records as for thousands. */
async function* recordsLeft(
  written: AsyncIterable<WrittenChunk>,
  keep: (each: WrittenChunk) => void,
): AsyncGenerator<readonly SourceRecord[]> {
  const batch = new GrowingBatch();
  for await (const each of written) {
    keep(each);
    each.chunk.taken(each.lines);
    for (const record of each.chunk.rest()) {
      batch.add(record);
      if (batch.isFull) yield batch.take();
    }
  }
  if (!batch.isEmpty) yield batch.take();
}

interface WrittenChunk {
  readonly chunk: CsvChunk;
  /** Undefined when no record of the chunk was clean. */
  readonly prepared: PreparedRows | undefined;
  readonly lines: Parameters<CsvChunk['taken']>[0];
}

async function writeSoundRows(
  { session, warehouse }: SessionBeside,
  { chunk, load }: { chunk: CsvChunk; load: ChunkedLoad },
): Promise<WrittenChunk> {
  if (chunk.cleanRows === 0) return { chunk, prepared: undefined, lines: [] };
  const { definition, casts } = load.request;
  const { width, fields } = load.fastCsv;
  const sound = soundRowsSql(definition, { rules: casts, records: { copies: chunk.copies, width, fields } });
  const prepared = await prepareRows(warehouse, {
    table: tableName(definition.table),
    select: withAudit(sound, load),
    constants: constantColumns(load.origin),
  });
  chunk.giveBackCopies();
  return { chunk, prepared, lines: await linesOf(session, prepared) };
}

function withAudit(sound: string, { request, origin, keepsRules }: ChunkedLoad): string {
  const values = request.definition.columns.map(({ name }, index) => `v${index} AS ${quoteName(name)}`);
  return `SELECT * FROM (SELECT ${[...values, ...auditSql(origin)].join(', ')} FROM (${sound})) WHERE ${keepsRules}`;
}

/** The lines of the rows that were written, 32 to a word. */
async function linesOf(
  session: SessionBeside['session'],
  { files }: PreparedRows,
): Promise<{ word: number; bits: number; rows: number }[]> {
  if (files.length === 0) return [];
  const paths = files.map(({ location }) => quoteText(fileURLToPath(location)));
  const found = await session.read(
    `SELECT _source_line >> 5, bit_or(1::BIGINT << (_source_line & 31)), count(*)
     FROM read_parquet([${paths.join(', ')}], hive_partitioning=false) GROUP BY 1`,
  );
  return found
    .getRows()
    .map(([word, bits, rows]) => ({ word: Number(word), bits: Number(bits), rows: Number(rows) }));
}
