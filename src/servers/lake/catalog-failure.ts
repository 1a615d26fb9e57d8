import { messageOf } from '../../errors/index.ts';
import { LakeFailure } from './lake-failure.ts';

/** A disk that did not take, or give, what stands in `catalog.sqlite`; undefined for any other failure. */
export function catalogFailure(error: unknown): LakeFailure | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (typeof code !== 'string' || !/^SQLITE_(FULL|IOERR|READONLY|CANTOPEN)/.test(code)) return undefined;
  return new LakeFailure(
    `The lake's catalog (catalog.sqlite in the warehouse) cannot be read or written: ${messageOf(error)} (${code}).`,
    'make room on its disk, or mend the disk or its permissions, then call again: a load is there whole or not at all, and none is made twice.',
  );
}
