import type { SourceRecord } from '../sources/source.ts';

/** A column of a table of the lake. */
export interface TableColumn {
  readonly name: string;
  /** A type of `column-types.ts`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly description?: string | undefined;
}

export interface TableDefinition {
  /** `schema.table` */
  readonly table: string;
  readonly columns: readonly TableColumn[];
  readonly primary_key: readonly string[];
  readonly partitioned_by: readonly string[];
  readonly description?: string | undefined;
  /** False for a table that came out of `run_mapping`: its columns are those of the last SQL. */
  readonly declared: boolean;
}

/** One load of one file into one table, as it is kept for reconciliation. */
export interface LoadSummary {
  readonly file: string;
  readonly sha256: string;
  readonly vendor_name: string;
  readonly rows_read: number;
  readonly rows_loaded: number;
  readonly rows_rejected: number;
}

export interface RejectGroup {
  readonly reason: string;
  readonly column: string | null;
  readonly rows: number;
}

export interface RejectSample {
  readonly line: number;
  readonly column: string | null;
  readonly reason: string;
  readonly detail: string | null;
  readonly raw_row: string;
}

export interface LoadReport extends LoadSummary {
  readonly rejects_by_reason: readonly RejectGroup[];
  readonly sample_rejects: readonly RejectSample[];
  readonly already_ingested: boolean;
  readonly replaced_previous_load: boolean;
}

/** How texts become values of the table's types. */
export interface CastRules {
  readonly decimalSeparator: ',' | '.' | undefined;
  readonly nullValues: readonly string[];
  readonly dateFormats: readonly string[];
}

export interface LoadRequest {
  readonly definition: TableDefinition;
  readonly file: string;
  readonly sha256: string;
  readonly vendorName: string;
  /** Canonical JSON of everything that decides what the load gives. Equal: the load need not be repeated. */
  readonly optionsKey: string;
  readonly casts: CastRules;
  /** Batches whose cells are in the order of the definition's columns. */
  readonly batches: AsyncIterable<readonly SourceRecord[]>;
  /**
   * Called after the last batch and before the commit, with the number of records that were given.
   * Throws when the file holds something that was not read: nothing of the load stays then.
   */
  readonly verify: (recordsRead: number) => Promise<void>;
}

export interface ResultColumn {
  readonly name: string;
  readonly type: string;
}

export type ResultRow = Readonly<Record<string, unknown>>;

export interface ResultRows {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly ResultRow[];
}

/** Texts of a file in a table that vanishes, for profiling. Columns are `c0`, `c1`, … as VARCHAR. */
export interface ScratchTable {
  readonly name: string;
  query(sql: string): Promise<ResultRows>;
  close(): Promise<void>;
}

export interface MappingRequest {
  readonly target: string;
  /** A SELECT that was checked. */
  readonly sql: string;
  readonly mode: 'overwrite' | 'append';
  readonly description?: string | undefined;
}

export interface MappingReport {
  readonly rows_written: number;
  readonly row_count: number;
  readonly columns: readonly ResultColumn[];
}

/**
 * Where the lake's tables live. Writes are atomic and happen one after the other; reads see what was committed.
 * All SQL that is given to it was checked before; failures that the model can mend are LakeFailures.
 */
export interface TableStore {
  /** Sorted by name. */
  listTables(): Promise<readonly TableDefinition[]>;
  findTable(table: string): Promise<TableDefinition | undefined>;
  countRows(table: string): Promise<number>;
  /** Loads of the table in the order in which they were made. */
  listLoads(table: string): Promise<readonly LoadSummary[]>;
  /** @throws LakeFailure when the table exists with another definition. */
  createTable(definition: TableDefinition): Promise<'created' | 'exists'>;
  /** Every record ends in the table or in `product_raw.ingest_errors`; if the counts disagree nothing is kept. */
  load(request: LoadRequest): Promise<LoadReport>;
  writeMapping(request: MappingRequest): Promise<MappingReport>;
  query(sql: string, parameters?: Readonly<Record<string, string | number>>): Promise<ResultRows>;
  scratch(columns: number, batches: AsyncIterable<readonly SourceRecord[]>): Promise<ScratchTable>;
  close(): void;
}
