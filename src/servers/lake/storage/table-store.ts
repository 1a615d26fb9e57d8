import type { ComputeSize } from '../compute/compute-size.ts';
import type { LoadTally } from '../drift/judge-load.ts';
import type { CsvChunk } from '../fast-csv/fast-csv.ts';
import type { Predicate } from '../iceberg/index.ts';
import type { AuditResult } from '../quality/audit-rows.ts';
import type { QualityRule } from '../quality/rule.ts';
import type { FilePart } from '../sources/file-part.ts';
import type { SourceRecord } from '../sources/source.ts';
import type { EvolveRequest } from './evolve-table.ts';
import type { LakeRequest } from './rollback-requests.ts';
import type { HistoryEntry } from './table-history.ts';

/** A column of a table of the lake. */
export interface TableColumn {
  readonly name: string;
  /** A type of `metadata/lake/lake-type.ts`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly description?: string | undefined;
}

export interface TableDefinition {
  /** `schema.table` */
  readonly table: string;
  readonly columns: readonly TableColumn[];
  readonly primary_key: readonly string[];
  /** `sku`, `day(ts)`, `bucket(16, sku)`, … */
  readonly partitioned_by: readonly string[];
  readonly description?: string | undefined;
  /** `<id>@<version>` of the contract that the table keeps. */
  readonly contract?: string | undefined;
  /** False for a table that came out of `run_mapping`: its columns are those of the last SQL. */
  readonly declared: boolean;
}

/** The call of a run that made a change, when the caller told. */
export interface Origin {
  readonly run: string;
  /** `<run>/<position>` */
  readonly call: string;
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
  /** What the rules said of this load's rows, in their order; nothing when it was there already. */
  readonly quality?: readonly AuditResult[] | undefined;
}

/** How texts become values of the table's types. */
export interface CastRules {
  readonly decimalSeparator: ',' | '.' | undefined;
  readonly nullValues: readonly string[];
  readonly dateFormats: readonly string[];
}

export interface FastCsvRecords {
  /** Fields of a record. */
  readonly width: number;
  /** For each column of the definition the field that it is made from; -1 for none. */
  readonly fields: readonly number[];
  /** Begins at the start of the file. The folder, which exists, takes copies of parts of it. */
  open(folder: string): AsyncIterable<CsvChunk>;
  /** The records that start at these lines, which ascend and were in a chunk of the last `open`. */
  readAgain(lines: readonly number[]): Iterable<readonly SourceRecord[]>;
}

export interface LoadRequest {
  readonly definition: TableDefinition;
  readonly file: string;
  readonly sha256: string;
  readonly vendorName: string;
  /** Canonical JSON of everything that decides what the load gives. Equal: the load need not be repeated. */
  readonly optionsKey: string;
  /** Which of the file's records are given; all, when it is left out. */
  readonly part?: FilePart | undefined;
  /** Loads again what was loaded with the same options; the earlier load's rows go. */
  readonly force?: boolean | undefined;
  readonly contract?: string | undefined;
  readonly origin?: Origin | undefined;
  readonly casts: CastRules;
  /** Batches whose cells are in the order of the definition's columns. */
  readonly batches: AsyncIterable<readonly SourceRecord[]>;
  /** The same records as `batches`, for a large file most of whose records are clean. One of the two is read. */
  readonly fastCsv?: FastCsvRecords | undefined;
  /**
   * Called after the last batch and before the commit, with the number of records that were given.
   * Throws when the file holds something that was not read: nothing of the load stays then.
   */
  readonly verify: (recordsRead: number) => Promise<void>;
  /** Called before anything is written; throws when so much is wrong that the file is not what its contract says. */
  readonly judge?: ((tally: LoadTally) => void) | undefined;
  /** Checked on the rows that would be loaded, before anybody can see them. */
  readonly rules?: readonly QualityRule[] | undefined;
  readonly compute?: ComputeSize | undefined;
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

/** A snapshot's id, or a moment as `2026-01-31T00:00:00.000Z`. */
export type Moment = { readonly version: string } | { readonly timestamp: string };

/** A table that a statement names. One as it was stands in the SQL under the name that `viewOf` gives. */
export interface NamedTable {
  /** `schema.table`, lower case. */
  readonly name: string;
  readonly at?: Moment | undefined;
  /** Of which rows the statement surely needs no others: files without such rows are not read. */
  readonly predicate?: Predicate | undefined;
}

/** SQL that was checked, with all tables that it names. */
export interface CheckedSelect {
  readonly sql: string;
  readonly tables: readonly NamedTable[];
  /** The text as it was given, when `sql` is another one: with `t AT (…)`. */
  readonly written?: string | undefined;
  /** Whether its result has an order of its own; absent where nobody asked for it. */
  readonly isOrdered?: boolean | undefined;
}

export interface MappingRequest {
  readonly target: string;
  /** A SELECT that was checked. Of a text alone the store finds the tables itself. */
  readonly select: string | CheckedSelect;
  /** `overwrite_partitions`: the partitions that the SELECT's rows are in become those rows, the others stay. */
  readonly mode: 'overwrite' | 'append' | 'overwrite_partitions';
  readonly description?: string | undefined;
  readonly contract?: string | undefined;
  readonly mapping?: string | undefined;
  readonly origin?: Origin | undefined;
  /** By which tool the rows came; `run_mapping` when it is not said. */
  readonly tool?: string | undefined;
  /** The same statement by the same contract as the last writer's leaves the table as it is: for rows that stand in the SQL itself. */
  readonly onlyWhenNew?: boolean | undefined;
  /** Checked on the rows that would be written, before anybody can see them. */
  readonly rules?: readonly QualityRule[] | undefined;
  readonly compute?: ComputeSize | undefined;
}

/** What a mapping that overwrites partitions has replaced. */
export interface MappingPartitions {
  /** As `_vendor_name=acme, day(ts)=2026-01-31`, sorted; at most 100. */
  readonly partitions: readonly string[];
  readonly partition_count: number;
}

export interface MappingReport extends Partial<MappingPartitions> {
  /** With `overwrite_partitions`: rows that were in these partitions before. */
  readonly rows_replaced?: number | undefined;
  readonly rows_written: number;
  /** Rows that a rule set aside: they are in `product_raw.ingest_errors`. */
  readonly rows_quarantined?: number | undefined;
  /** What the rules said, in their order; nothing without rules. */
  readonly quality?: readonly AuditResult[] | undefined;
  readonly row_count: number;
  readonly columns: readonly ResultColumn[];
}

export type QueryParameters = Readonly<Record<string, string | number>>;

/** Runs SQL over the tables as they were when the reading began. */
export type Query = (sql: string, parameters?: QueryParameters) => Promise<ResultRows>;

/**
 * Where the lake's tables live. Writes are atomic; a statement sees each of its tables at one snapshot, the newest when it began.
 * All SQL that is given to it was checked before; failures that the model can mend are LakeFailures.
 */
export interface TableStore {
  /** Sorted by name. */
  listTables(): Promise<readonly TableDefinition[]>;
  findTable(table: string): Promise<TableDefinition | undefined>;
  countRows(table: string): Promise<number>;
  /** Loads of the table, in the order in which they were made, whose rows are in it. */
  listLoads(table: string): Promise<readonly LoadSummary[]>;
  /** @throws LakeFailure when the table exists with another definition. */
  createTable(definition: TableDefinition): Promise<'created' | 'exists'>;
  /** Every record ends in the table or in `product_raw.ingest_errors`; if the counts disagree nothing is kept. */
  load(request: LoadRequest): Promise<LoadReport>;
  writeMapping(request: MappingRequest): Promise<MappingReport>;
  /**
   * One SELECT that a model or a person wrote, as it may run.
   * @throws LakeFailure when it reads anything but tables of the lake, with what to write instead.
   */
  check(sql: string): Promise<CheckedSelect>;
  /** Of a text alone the store finds the tables itself. */
  query(select: string | CheckedSelect, parameters?: QueryParameters): Promise<ResultRows>;
  /** Several statements over the same snapshots of these tables. */
  reading<T>(tables: readonly NamedTable[], work: (query: Query) => Promise<T>): Promise<T>;
  /** Snapshots of the table, newest first, and how many there are. */
  history(
    table: string,
    limit: number,
  ): Promise<{ readonly entries: readonly HistoryEntry[]; readonly total: number }>;
  evolve(request: EvolveRequest): Promise<TableDefinition>;
  /** Records that the table is wanted back at a snapshot, for a person to decide. Nothing is changed. */
  askForRollback(asked: {
    readonly table: string;
    readonly snapshot: string;
    readonly reason?: string | undefined;
    readonly origin?: Origin | undefined;
  }): Promise<LakeRequest>;
  /** Puts small files together; the rows are the same. */
  compact(
    table: string,
    origin: Origin | undefined,
  ): Promise<{ readonly filesBefore: number; readonly filesAfter: number }>;
  scratch(columns: number, batches: AsyncIterable<readonly SourceRecord[]>): Promise<ScratchTable>;
  /**
   * Interrupts the calls that are under way, which fail with a LakeFailure, and waits until they have removed what they had
   * begun to write, 10 s at most; with none under way all is closed when it returns. A later call fails the same way.
   */
  close(): Promise<void>;
}
