import { LakeFailure } from './lake-failure.ts';

/** Which tables a lake may read and write. Whoever may write a table may read it. */
export interface Grants {
  /** False: every table may be read. */
  readonly isLimited: boolean;
  mayRead(table: string): boolean;
  mayWrite(table: string): boolean;
}

export interface GrantPatterns {
  /** `schema.table` with `*` for any letters, e.g. `product_raw.*`; undefined: not given. */
  readonly read?: readonly string[] | undefined;
  readonly write?: readonly string[] | undefined;
}

/**
 * Without patterns everything is granted. With patterns for reading alone nothing may be written; with patterns for
 * writing alone everything may be read.
 */
export function grantsOf({ read, write }: GrantPatterns): Grants {
  const isWritten = matcher(write ?? (read === undefined ? ['*.*'] : []));
  const isRead = matcher(read ?? ['*.*']);
  return {
    isLimited: read !== undefined,
    mayRead: (table) => isRead(table) || isWritten(table),
    mayWrite: isWritten,
  };
}

/** What is wrong with a pattern; undefined when it can be used. */
export function patternProblem(pattern: string): string | undefined {
  return /^[a-z0-9_*]+\.[a-z0-9_*]+$/.test(pattern)
    ? undefined
    : `"${pattern}" is no pattern of tables such as product_raw.* or product_core.product.`;
}

/** @throws LakeFailure when the table may not be written. */
export function requireWrite(grants: Grants, table: string): void {
  if (grants.mayWrite(table)) return;
  throw new LakeFailure(
    `${table} may not be written: this lake was started without a grant for it.`,
    'write another table, or start the lake with --grant-write for this one.',
  );
}

/** Of a table that may not be read it is not even said whether it is there. @throws LakeFailure */
export function requireRead(grants: Grants, table: string): void {
  if (!grants.mayRead(table)) throw noSuchTable(table);
}

export function noSuchTable(table: string): LakeFailure {
  return new LakeFailure(
    `"${table}" is no table of the lake, or none that it may read.`,
    'list_tables shows the tables that may be read (--grant-read).',
  );
}

function matcher(patterns: readonly string[]): (table: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const source = pattern
      .split('*')
      .map((part) => part.replaceAll(/[^a-z0-9_]/g, (letter) => `\\${letter}`));
    return new RegExp(`^${source.join('[^.]*')}$`);
  });
  return (table) => expressions.some((expression) => expression.test(table));
}
