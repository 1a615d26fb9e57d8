import { open } from 'node:fs/promises';
import { LakeFailure } from '../lake-failure.ts';
import { ThriftReader } from './thrift-reader.ts';

export const mostParquetColumns = 10_000;
export const deepestParquet = 64;
/** The schema stands at the footer's start, before the row groups. */
const mostSchemaBytes = 16 * 1024 * 1024;
const tailBytes = 8;

/**
 * Looks at the file's schema before DuckDB does, which follows it by recursion: 200,000 levels end the process, 5,000 take 3 GB.
 * What else may be wrong with a file is DuckDB's to say. @throws LakeFailure when the schema is absurd or cannot be read.
 */
export async function checkParquetSchema(path: string): Promise<void> {
  const footer = await readFooterStart(path);
  if (footer === undefined) return;
  let shape: SchemaShape;
  try {
    shape = measureSchema(new ThriftReader(footer));
  } catch (error) {
    if (error instanceof RangeError) throw unreadableSchema(error.message);
    throw error;
  }
  if (shape.depth <= deepestParquet && shape.elements <= mostParquetColumns) return;
  throw new LakeFailure(
    `The Parquet file declares ${shape.elements} columns and groups of them, ${shape.depth} or more levels deep: at most ${mostParquetColumns} and ${deepestParquet} are read.`,
    'ask the vendor for a file with the columns that are asked for.',
  );
}

/** Undefined: it has no footer that could be read, and DuckDB says why. */
async function readFooterStart(path: string): Promise<Buffer | undefined> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size < 2 * tailBytes) return undefined;
    const tail = Buffer.alloc(tailBytes);
    await handle.read(tail, 0, tailBytes, size - tailBytes);
    const bytes = tail.readUInt32LE(0);
    if (tail.toString('latin1', 4) !== 'PAR1' || bytes > size - tailBytes) return undefined;
    const footer = Buffer.alloc(Math.min(bytes, mostSchemaBytes));
    await handle.read(footer, 0, footer.length, size - tailBytes - bytes);
    return footer;
  } finally {
    await handle.close();
  }
}

interface SchemaShape {
  readonly elements: number;
  readonly depth: number;
}

const schemaField = 2;
const childrenField = 5;

/** Elements come parents first; each says how many children follow it. */
function measureSchema(thrift: ThriftReader): SchemaShape {
  let shape = { elements: 0, depth: 0 };
  thrift.eachField((id, type) => {
    if (id !== schemaField) return 'skip';
    const { count } = thrift.listHeader(type);
    shape = measureElements(thrift, count);
    return 'stop';
  });
  return shape;
}

function measureElements(thrift: ThriftReader, count: number): SchemaShape {
  let depth = 0;
  /** Children that are still to come, of each group that is open. */
  const open: number[] = [];
  for (let index = 0; index < count; index += 1) {
    let children = 0;
    thrift.eachField((id) => {
      if (id !== childrenField) return 'skip';
      children = thrift.integer();
      return 'taken';
    });
    while (open.length > 0 && open.at(-1) === 0) open.pop();
    if (open.length > 0) open[open.length - 1] = (open.at(-1) ?? 0) - 1;
    if (children > 0) open.push(children);
    depth = Math.max(depth, open.length);
    // Enough is known, and the rest may be as long as it likes.
    if (depth > deepestParquet || index >= mostParquetColumns) return { elements: count, depth };
  }
  return { elements: Math.max(0, count - 1), depth };
}

function unreadableSchema(why: string): LakeFailure {
  return new LakeFailure(
    `The file is not readable Parquet: its schema ${why}.`,
    'check that it was copied whole, or set options.format.',
  );
}
