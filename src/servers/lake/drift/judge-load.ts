import { standardRejectedShare } from '../../../metadata/rejected-share.ts';
import { LakeFailure } from '../lake-failure.ts';
import { isTooMany } from './is-too-many.ts';

/** What a load has found wrong, before anything of it is written. */
export interface LoadTally {
  /** Records of the file. */
  readonly rows: number;
  /** Records that are broken as a whole, by reason. */
  readonly broken: readonly { readonly reason: string; readonly rows: number }[];
  readonly columns: readonly {
    readonly column: string;
    /** Records that have a text here. */
    readonly filled: number;
    /** Records with a fault here, whether or not another came first. */
    readonly faulty: number;
    /** The most frequent reason. */
    readonly reason: string;
  }[];
}

export interface LoadJudgement {
  readonly contract: string;
  readonly maxRejectedShare?: number | undefined;
}

/**
 * A few bad records are dirt, and are kept apart. Too many for one reason are a feed that has changed.
 * @throws LakeFailure that names what does not fit and the tool that says why.
 */
export function judgeLoad(tally: LoadTally, { contract, maxRejectedShare }: LoadJudgement): void {
  const share = maxRejectedShare ?? standardRejectedShare;
  const whole = tally.rows - sumOf(tally.broken);
  const broken = isTooMany(sumOf(tally.broken), { rows: tally.rows, filled: tally.rows, share })
    ? tally.broken.map(
        ({ reason, rows }) => `${rows} of ${tally.rows} records are broken as a whole (${reason})`,
      )
    : [];
  const columns = tally.columns
    .filter(({ faulty, filled }) => isTooMany(faulty, { rows: whole, filled, share }))
    .map(({ column, faulty, reason }) => `"${column}" is wrong in ${faulty} of ${whole} records (${reason})`);
  const found = [...broken, ...columns];
  if (found.length > 0) throw doesNotFit(contract, found.join('; '));
}

function sumOf(counted: readonly { readonly rows: number }[]): number {
  return counted.reduce((sum, { rows }) => sum + rows, 0);
}

/** The words by which a load stops for drift: nothing was kept, and where to look. */
export function doesNotFit(contract: string, problem: string): LakeFailure {
  return new LakeFailure(
    `The file does not fit the contract ${contract}: ${problem.replace(/\.$/, '')}. Nothing was kept.`,
    'call diff_schema with this path, the columns and options of the contract, and the table: it says what has changed. Then propose a change of the contract; do not load the file by other options than it says.',
  );
}
