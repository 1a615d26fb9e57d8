import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { AiworkflowError } from '../../errors/base.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { IcebergError, type IcebergErrorCode } from '../../servers/lake/iceberg/index.ts';
import { LakeFailure } from '../../servers/lake/lake-failure.ts';
import { quoted } from '../render/quoted.ts';
import { LakeError } from './lake-error.ts';
import { toSystemFailure } from './system-failures.ts';

/** The one place where a failure of the tables' format becomes one of the command line. */
export async function tellLakeFailures<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LakeFailure) throw refused(error);
    if (isRubbish(error)) throw damagedCatalog(error, folder);
    const ofSystem = toSystemFailure(error, folder);
    if (ofSystem) throw ofSystem;
    throw IcebergError.is(error) ? toLakeError(error, folder) : error;
  }
}

/** SQLite's words for a file that is none of its own, is cut off, or is no catalog of tables. */
function isRubbish(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(String(error.code))) return true;
  return error.code === 'SQLITE_ERROR' && error.message.startsWith('no such table: iceberg_');
}

function damagedCatalog(cause: Error, folder: string): LakeError {
  return new LakeError({
    code: 'LAKE_DAMAGED',
    message: `The lake's catalog ${join(folder, 'catalog.sqlite')} cannot be read: ${cause.message}.`,
    hint: 'bring catalog.sqlite back from a copy; the files of the tables beside it are not concerned.',
    cause,
  });
}

/** What the lake's server refuses, it refuses here in the same words. */
function refused(cause: LakeFailure): AiworkflowError {
  const { problem, remedy } = cause;
  return new LakeError({
    code: 'LAKE_REFUSED',
    message: problem,
    cause,
    ...(remedy !== undefined && { hint: remedy }),
  });
}

function toLakeError(cause: IcebergError, folder: string): AiworkflowError {
  const { code, message } = cause;
  const hint = cause.hint ?? hints[code]?.(folder);
  return new LakeError({ code: codes[code], message, cause, ...(hint !== undefined && { hint }) });
}

const codes: Readonly<Record<IcebergErrorCode, ErrorCode>> = {
  NOT_FOUND: 'LAKE_UNKNOWN',
  MOVED: 'LAKE_MOVED',
  EXISTS: 'LAKE_REFUSED',
  INVALID: 'LAKE_REFUSED',
  UNSUPPORTED: 'LAKE_REFUSED',
  CONFLICT: 'LAKE_CONFLICT',
  IN_DOUBT: 'LAKE_IN_DOUBT',
  DAMAGED: 'LAKE_DAMAGED',
  NO_SPACE: 'LAKE_NO_SPACE',
};

const hints: Partial<Record<IcebergErrorCode, (folder: string) => string>> = {
  MOVED: (folder) =>
    isWritable(folder)
      ? `aiworkflow lake relocate --warehouse ${quoted(folder)}`
      : 'it may not be written here: copy it to where it may be, and relocate the copy (aiworkflow lake relocate --warehouse <copy>).',
  CONFLICT: () => 'do it again.',
  DAMAGED: (folder) =>
    `bring the file back from a copy. aiworkflow lake tables --warehouse ${quoted(folder)} says which tables can be read.`,
};

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
