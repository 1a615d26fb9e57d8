import type { JsonObject } from '../domain/json.ts';
import type { Author } from './authors-of-call.ts';
import type { CallStory } from './call-story.ts';

/** Why a table, a column or a row is as it is: one table of the chain, newest writer first. */
export interface Explanation {
  /** `schema.table` */
  readonly table: string;
  /** The state that is explained; absent for a table without one. */
  readonly snapshot?: SnapshotFacts;
  readonly column?: string;
  /** The row, when one was asked for. */
  readonly row?: ExplainedRow;
  /** Who wrote the rows that are in it; of a row the one that wrote it. */
  readonly writers: readonly Writer[];
  /** Writers beyond those that are told. */
  readonly furtherWriters: number;
  /** What people decided about the table itself. */
  readonly decisions: readonly TableDecision[];
  /** What is not there to be told, in whole sentences. */
  readonly missing: readonly string[];
  /** It was explained before, in another place of the chain. */
  readonly seenAbove?: true;
}

export interface ExplainedRow {
  readonly key: JsonObject;
  readonly values: JsonObject;
  /** Rows that the key fits; the first of them, in the order of all columns, is explained. */
  readonly found: number;
  /** What tells it from the others, when the key fits several. */
  readonly own?: JsonObject;
}

export interface SnapshotFacts {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly operation: string;
  readonly addedRows?: number;
  readonly totalRows?: number;
}

export interface Writer {
  readonly snapshot: SnapshotFacts;
  /** The lake's tool: `ingest`, `run_mapping`, … */
  readonly tool?: string;
  /** The program that wrote it, when that was none of the lake's tools. */
  readonly outside?: string;
  /** Rows of the asked state that are from it. */
  readonly rows?: number;
  readonly call?: CallStory;
  readonly contract?: Approved;
  readonly load?: Load;
  readonly mapping?: AppliedMapping;
  readonly missing: readonly string[];
}

/** A document and how its version came to be in force. */
export interface Approved {
  /** `<id>@<version>` */
  readonly document: string;
  readonly kind: 'contract' | 'mapping' | 'policy';
  /** Where the document stands, while it has this version. */
  readonly place?: string;
  /** What that version says of itself: `draft`, `active`. */
  readonly status?: string;
  /** Whose words it is: the prompt steps of the call that registered or first asked for it. */
  readonly authors: readonly Author[];
  readonly approval?: {
    readonly how: 'accepted' | 'registered';
    /** Who accepted it; what was registered by a call names the call. */
    readonly by?: string;
    readonly at: number;
    readonly change?: string;
    readonly reason?: string;
    readonly call?: string;
  };
}

export interface Load {
  readonly id?: string;
  readonly file: string;
  readonly sha256: string;
  readonly vendor?: string;
  readonly rowsRead?: number;
  readonly rowsLoaded?: number;
  readonly rowsRejected?: number;
  /** Of a row. */
  readonly line?: number;
  readonly source?: SourceRecord;
}

/** The record as the vendor sent it, when the file is still the same. */
export interface SourceRecord {
  readonly state: 'same' | 'changed' | 'gone' | 'unreadable';
  /** Absolute path. */
  readonly path?: string;
  /** As it was read: only some formats have lines. */
  readonly format?: string;
  readonly raw?: string;
  readonly note?: string;
}

export interface AppliedMapping {
  readonly document?: Approved;
  /** What the mapping document says of the columns, for whoever reviews it: the asked column, or all. */
  readonly reviewed: readonly ReviewedColumn[];
  readonly sqlSha256?: string;
  readonly sql?: string;
  /** The asked column, or all. */
  readonly columns: readonly ColumnRule[];
  /** Whether running the SQL again on what it read gives the row. */
  readonly recomputed?: 'same' | 'differs' | 'absent';
  /** `exact`: the statement was followed row by row. `candidates`: rows that share the key. */
  readonly rowsFollowed?: 'exact' | 'candidates' | 'no';
  readonly notes: readonly string[];
  readonly inputs: readonly MappingInput[];
}

export interface ReviewedColumn {
  readonly column: string;
  readonly from: readonly string[];
  readonly rule: string;
}

export interface ColumnRule {
  readonly column: string;
  readonly expressions: readonly string[];
  readonly direct: readonly { readonly table: string; readonly column: string; readonly use: string }[];
  readonly indirect: readonly {
    readonly table: string;
    readonly column: string;
    readonly uses: readonly string[];
  }[];
  readonly unknowns: readonly string[];
}

export interface MappingInput {
  readonly table: string;
  /** The snapshot that was read; null: the table had none yet. */
  readonly snapshotId: string | null;
  /** Rows of it that the asked row was made from, when they are known. */
  readonly rowsBehind?: number;
  /** How often the statement reads the table, when more than once: `rowsBehind` are those of all these places. */
  readonly readInPlaces?: number;
  /** Of the first of those rows, or of the table. */
  readonly explanations: readonly Explanation[];
}

export interface TableDecision {
  readonly what: string;
  readonly status: string;
  readonly by?: string;
  readonly at?: number;
  readonly reason?: string;
  /** The call that asked for it. */
  readonly call?: string;
}
