import type { FailureRecord } from '../../domain/events.ts';
import type { RunComparison } from '../../engine/compare/run-comparison.ts';
import type { Style } from '../render/style.ts';
import type { TableComparison } from './compare-tables.ts';

export interface DiffPageOptions {
  readonly style: Style;
  readonly columns: number;
  /** Nothing is cut. */
  readonly full: boolean;
  /** What ended the runs badly: a replay that stopped has made no call that could be compared at that place. */
  readonly failures?: Readonly<Partial<Record<'a' | 'b', FailureRecord>>>;
  /** Of the log, as it was typed: the commands that are suggested name it too. */
  readonly place: string;
}

export interface RunDiff extends RunComparison {
  /** Null: the tables were not looked at (`--step`, `--no-tables`). */
  readonly tables: readonly TableComparison[] | null;
}
