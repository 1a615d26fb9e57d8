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
  try {
    const writers = await openChunkWriters(at);
    try {
      yield* writeChunks(writers, { load, folder });
    } finally {
      await closeChunkWriters(writers);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function* writeChunks(
  writers: readonly [SessionBeside, ...SessionBeside[]],
  { load, folder }: { load: ChunkedLoad; folder: string },
): AsyncGenerator<readonly SourceRecord[]> {
  let chunks = 0;
  const sets = new Map<number, PreparedRows>();
  try {
    const written = inOrder(load.fastCsv.open(folder), {
      workers: writers,
      work: (chunk, writer) => {
        const number = chunks++;
        // At once: whatever fails behind this, the files are known to who removes them.
        return writeSoundRows(writer, { chunk, load, keep: (rows) => sets.set(number, rows) });
      },
    });
    yield* recordsLeft(written);
  } finally {
    load.early.push(...[...sets].sort(([a], [b]) => a - b).map(([, rows]) => rows));
  }
}

/** Of all chunks together: each batch is judged by statements that cost as much for ten records as for thousands. */
async function* recordsLeft(written: AsyncIterable<WrittenChunk>): AsyncGenerator<readonly SourceRecord[]> {
  const batch = new GrowingBatch();
  for await (const each of written) {
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
  readonly lines: readonly LinesOfWord[];
}

async function writeSoundRows(
  { session, warehouse }: SessionBeside,
  { chunk, load, keep }: { chunk: CsvChunk; load: ChunkedLoad; keep: (rows: PreparedRows) => void },
): Promise<WrittenChunk> {
  if (chunk.cleanRows === 0) return { chunk, lines: [] };
  const { definition, casts } = load.request;
  const { width, fields } = load.fastCsv;
  const sound = soundRowsSql(definition, { rules: casts, records: { copies: chunk.copies, width, fields } });
  const prepared = await prepareRows(warehouse, {
    table: tableName(definition.table),
    select: withAudit(sound, load),
    constants: constantColumns(load.origin),
  });
  keep(prepared);
  chunk.giveBackCopies();
  return { chunk, lines: await linesOf(session, { chunk, prepared }) };
}

function withAudit(sound: string, { request, origin, keepsRules }: ChunkedLoad): string {
  const values = request.definition.columns.map(({ name }, index) => `v${index} AS ${quoteName(name)}`);
  return `SELECT * FROM (SELECT ${[...values, ...auditSql(origin)].join(', ')} FROM (${sound})) WHERE ${keepsRules}`;
}

type LinesOfWord = { readonly word: number; readonly bits: number; readonly rows: number };

/** The lines of the rows that were written, 32 to a word, as many words at a time as a statement may give. */
async function linesOf(
  session: SessionBeside['session'],
  { chunk, prepared }: { chunk: CsvChunk; prepared: PreparedRows },
): Promise<readonly LinesOfWord[]> {
  if (prepared.files.length === 0) return [];
  const paths = prepared.files.map(({ location }) => quoteText(fileURLToPath(location)));
  const rows = `read_parquet([${paths.join(', ')}], hive_partitioning=false)`;
  const found: LinesOfWord[] = [];
  for (let from = chunk.firstLine; from <= chunk.lastLine; from += linesAtOnce) {
    const words = await session.read(
      `SELECT _source_line >> 5, bit_or(1::BIGINT << (_source_line & 31)), count(*) FROM ${rows}
       WHERE _source_line BETWEEN ${from} AND ${from + linesAtOnce - 1} GROUP BY 1`,
    );
    for (const [word, bits, count] of words.getRows())
      found.push({ word: Number(word), bits: Number(bits), rows: Number(count) });
  }
  return found;
}

/** Words of 32 lines: below the 100,000 rows that a statement may hold. */
const linesAtOnce = 2_000_000;
