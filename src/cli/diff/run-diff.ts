import type { RunComparison } from '../../engine/compare/run-comparison.ts';
import type { Style } from '../render/style.ts';
import type { TableComparison } from './compare-tables.ts';

export interface DiffPageOptions {
  readonly style: Style;
  readonly columns: number;
  /** Nothing is cut. */
  readonly full: boolean;
}

export interface RunDiff extends RunComparison {
  /** Null: the tables were not looked at (`--step`, `--no-tables`). */
  readonly tables: readonly TableComparison[] | null;
}
