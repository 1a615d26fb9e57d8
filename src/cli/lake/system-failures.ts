import { join } from 'node:path';
import { messageOf } from '../../errors/index.ts';
import { IcebergError } from '../../servers/lake/iceberg/index.ts';
import { LakeError } from './lake-error.ts';

/** What the system or SQLite refused, for the person who may mend it; undefined for every other failure. */
export function toSystemFailure(error: unknown, folder: string): LakeError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return busy(error, folder);
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code)) return full(error, folder);
  if (/^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|EACCES|EPERM|EROFS)/.test(code) || isDenied(error))
    return denied(error, folder);
  return undefined;
}

/** DuckDB's words for a file that is there and may not be read: it is not damaged. */
const isDenied = (error: unknown): boolean =>
  IcebergError.is(error, 'DAMAGED') && /permission denied/i.test(error.message);

function denied(cause: unknown, folder: string): LakeError {
  return new LakeError({
    code: 'FILE_UNREADABLE',
    message: `The lake in ${folder} cannot be read, or not be written, by this user: ${messageOf(cause)}.`,
    hint: 'let this user read and write the folder and all that is in it. To look (lake rows, sql, rejects), reading is enough.',
    cause,
  });
}

function busy(cause: unknown, folder: string): LakeError {
  return new LakeError({
    code: 'LAKE_CONFLICT',
    message: `Another process holds the lake's catalog ${join(folder, 'catalog.sqlite')}: ${messageOf(cause)}.`,
    hint: 'do it again. When it stays so, end the process that holds the file; nothing was changed.',
    cause,
  });
}

function full(cause: unknown, folder: string): LakeError {
  return new LakeError({
    code: 'LAKE_NO_SPACE',
    message: `There is no room on the disk of the lake in ${folder}: ${messageOf(cause)}.`,
    hint: 'make room, and do it again.',
    cause,
  });
}
