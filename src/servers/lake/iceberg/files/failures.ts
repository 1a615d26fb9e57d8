import { messageOf } from '../../../../errors/index.ts';
import { IcebergError } from '../iceberg-error.ts';
import type { SqlEngine } from '../sql-engine.ts';

/**
 * What really happened when the disk or DuckDB failed: no room left, or a file of the warehouse that cannot be read.
 * Any other failure is handed back as it is.
 */
export function explainFailure(error: unknown, folder: string): unknown {
  if (IcebergError.is(error)) return error;
  if (isNoSpace(error)) return noSpace(error);
  const file = namedFile(messageOf(error), folder);
  return file === undefined ? error : unreadable(file, error);
}

/** The engine, with failures that say which of the warehouse's files is damaged. */
export function explaining(engine: SqlEngine, folder: string): SqlEngine {
  return {
    run: async (sql) => {
      try {
        return await engine.run(sql);
      } catch (error) {
        throw explainFailure(error, folder);
      }
    },
  };
}

/** Node gives a code, DuckDB and SQLite the system's own words. */
export function isNoSpace(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (['ENOSPC', 'EDQUOT', 'EFBIG', 'SQLITE_FULL'].includes(code)) return true;
  return /no space left on device|disk quota exceeded|file too large|database or disk is full|max_temp_directory_size/i.test(
    messageOf(error),
  );
}

export function noSpace(cause: unknown): IcebergError {
  return new IcebergError('NO_SPACE', `There is no room on the disk: ${firstLine(messageOf(cause))}`, {
    hint: 'nothing was changed. Make room, then do it again.',
    cause,
  });
}

const readFailures =
  /no magic bytes|too small to be a parquet|failed to read file|no files found that match|cannot open file|could not read|decompression failure/i;

function namedFile(message: string, folder: string): string | undefined {
  if (!readFailures.test(message)) return undefined;
  const start = message.indexOf(`${folder}/`);
  const end = message.indexOf('.parquet', start);
  return start === -1 || end === -1 ? undefined : message.slice(start, end + '.parquet'.length);
}

function unreadable(file: string, cause: unknown): IcebergError {
  return new IcebergError('DAMAGED', `The data file ${file} cannot be read: ${firstLine(messageOf(cause))}`, {
    hint: 'bring the file back from a copy, or roll the table back to a snapshot that does not name it.',
    cause,
  });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
