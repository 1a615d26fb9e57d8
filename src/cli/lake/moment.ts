import { IcebergError } from '../../servers/lake/iceberg/index.ts';
import { isDateText } from '../../servers/lake/sql/text-values.ts';
import { printable } from '../render/printable.ts';
import { wrongUsage } from '../wrong-usage.ts';
import { LakeError } from './lake-error.ts';
import { type LakeOptions, lakePlace } from './lake-options.ts';

/** ` AT (VERSION => 123)`: digits are a snapshot; a year alone would be one too, so a time needs its month. */
export function atClause(at: string | undefined): string {
  if (at === undefined) return '';
  if (/^\d{1,19}$/.test(at)) return ` AT (VERSION => ${at})`;
  const isZoned = /[zZ]$|[+-]\d\d:?\d\d$/.test(at) || !/[T ]/.test(at);
  const timestampMs = Date.parse(isZoned ? at : `${at.replace(' ', 'T')}Z`);
  if (Number.isNaN(timestampMs) || !isOfCalendar(at)) {
    throw wrongUsage(
      `--at "${at}" is no snapshot and no time.`,
      'write digits of a snapshot (aiworkflow lake history <table>), or a time such as 2026-01-31T12:00 (UTC).',
    );
  }
  return ` AT (TIMESTAMP => '${new Date(timestampMs).toISOString()}')`;
}

/** `Date.parse` takes 30 February for 2 March: the table would be shown as it was on another day than was asked for. */
function isOfCalendar(at: string): boolean {
  const [, month, day] = /^(\d{4}-\d\d)(?!\d)(?:-(\d+))?/.exec(at) ?? [];
  return month !== undefined && isDateText(`${month}-${(day ?? '1').padStart(2, '0')}`);
}

/** A moment or snapshot that the table has not, or has no more: its history says which it has. */
export async function tellingHistory<T>(
  work: () => Promise<T> | T,
  { table, options }: { table: string; options: LakeOptions },
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!IcebergError.is(error, 'NOT_FOUND')) throw error;
    throw new LakeError({
      code: 'LAKE_UNKNOWN',
      message: error.message,
      hint: `aiworkflow lake history ${printable(table)}${lakePlace(options)} lists its snapshots; older ones have expired, or never were.`,
      cause: error,
    });
  }
}
