import type { Explanation } from '../../lineage/answer.ts';
import type { CallReader } from '../../lineage/call-story.ts';
import type { Approvals } from './approvals.ts';
import type { RowKey } from './find-row.ts';
import type { LakeReader } from './lake-reader.ts';
import type { SourceFiles } from './source-files.ts';

/** Everything that an explanation is put together from. */
export interface Sources {
  readonly lake: LakeReader;
  readonly calls: CallReader;
  readonly approvals: Approvals;
  readonly files: SourceFiles;
  /** ` --db other.db`, for commands that are suggested. */
  readonly place: string;
  /** States that were explained already: tables that many others read are told once. */
  readonly told: Set<string>;
  /** The way back into the chain: a table that a statement read is explained like the first one. */
  readonly explain: (question: Question) => Promise<Explanation>;
}

export interface Question {
  readonly table: string;
  readonly column?: string | undefined;
  readonly key?: RowKey | undefined;
  readonly at?: { readonly snapshotId: string } | { readonly timestampMs: number } | undefined;
  /** How many tables back. */
  readonly depth: number;
}
