import type { RunStatus } from '../../domain/result.ts';
import type { ColumnRule } from '../answer.ts';
import type { CallStory, PromptFile } from '../call-story.ts';

/** What a run did to tables, as it is told to others: plain facts, no words of OpenLineage's yet. */
export interface RunLineage {
  readonly runId: string;
  readonly workflowId: string;
  /** `aiworkflow 0.1.0` */
  readonly program: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly status: RunStatus;
  readonly errorMessage?: string;
  readonly workflowFile?: string;
  readonly definition?: string;
  readonly steps: readonly StepLineage[];
}

export interface StepLineage {
  readonly path: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly status: string;
  readonly errorMessage?: string;
  /** The calls that wrote or checked tables. */
  readonly calls: readonly CallStory[];
  readonly prompt: readonly PromptFile[];
  readonly sql: readonly string[];
  readonly inputs: readonly InputDataset[];
  readonly outputs: readonly OutputDataset[];
}

export interface TableDataset {
  readonly kind: 'table';
  /** `schema.table` */
  readonly name: string;
  /** The snapshot that was read or written. */
  readonly version?: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly description?: string;
  }[];
}

export interface FileDataset {
  readonly kind: 'file';
  /** Absolute path when the file was found, else the path as the lake was given it. */
  readonly name: string;
  readonly sha256: string;
  readonly rowsRead: number;
}

export type InputDataset = (TableDataset | FileDataset) & { readonly assertions?: readonly Assertion[] };

export interface OutputDataset extends TableDataset {
  readonly change: 'CREATE' | 'OVERWRITE' | 'append' | 'other';
  readonly rowsWritten?: number;
  readonly bytesWritten?: number;
  readonly filesWritten?: number;
  /** Of a mapping. */
  readonly columnRules?: readonly ColumnRule[];
}

export interface Assertion {
  readonly assertion: string;
  readonly success: boolean;
  readonly column?: string;
  readonly name?: string;
  readonly actual?: string;
  readonly expected?: string;
  readonly severity?: string;
}

/** Where the tables are, and under which name jobs are told. */
export interface LineagePlaces {
  /** Of jobs. */
  readonly namespace: string;
  /** Absolute path. */
  readonly warehouse: string;
  /** Absolute path: prompt files are in it. */
  readonly projectDir: string;
}
