export type IcebergErrorCode =
  /** No such table, namespace, snapshot or column. */
  | 'NOT_FOUND'
  | 'EXISTS'
  /** What was asked for is wrong in itself: a name, a type, a change of the schema that would lose values. */
  | 'INVALID'
  /** Another writer came first and the work cannot be repeated on what it left. Nothing was changed. */
  | 'CONFLICT'
  /** The change may be made or not: the catalog failed in the one moment that counts. The next load of the table tells. */
  | 'IN_DOUBT'
  /** The table uses a part of the format that is not read or written here. Never answered with wrong rows instead. */
  | 'UNSUPPORTED'
  /** The disk is full, or a limit of the system is reached. Nothing was changed. */
  | 'NO_SPACE'
  /** A file of the table is missing, cut off, or is not what the table says it is. */
  | 'DAMAGED'
  /** The warehouse lies in another folder than its files say. `relocateWarehouse` mends it. */
  | 'MOVED';

/** Everything that this folder fails with. The table is as it was, unless the message says otherwise. */
export class IcebergError extends Error {
  readonly code: IcebergErrorCode;
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(code: IcebergErrorCode, message: string, more: { hint?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'IcebergError';
    this.code = code;
    this.hint = more.hint;
  }

  static is(error: unknown, code?: IcebergErrorCode): error is IcebergError {
    return error instanceof IcebergError && (code === undefined || error.code === code);
  }
}
