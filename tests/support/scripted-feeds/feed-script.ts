import type { JsonObject } from '../../../src/domain/json.ts';
import type { ToolCall } from './conversation.ts';
import type { Policies } from './policy-sql.ts';

/** What the scripted model knows about one file: what it would write down, and the SELECT that it would find. */
export interface FeedScript {
  readonly contract: FeedContract;
  /** Looks into the table that a careful person would take before writing the SELECT. */
  readonly looks: readonly string[];
  readonly mapping: (policies: Policies) => Mapping;
}

export interface FeedContract extends JsonObject {
  readonly path: string;
  readonly format: string;
  readonly vendor_name: string;
  readonly vendor_id: string;
  readonly table_name: string;
  readonly description: string;
  readonly options: JsonObject;
  readonly columns: readonly ContractColumn[];
  readonly primary_key: readonly string[];
  readonly partition_candidates: readonly string[];
  readonly notes: readonly string[];
}

export interface ContractColumn extends JsonObject {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly source: string;
  readonly description: string;
}

export interface Mapping {
  readonly sql: string;
  readonly columns: readonly { readonly column: string; readonly from: string; readonly rule: string }[];
  readonly notes: readonly string[];
  readonly errors: readonly string[];
}

export interface DatamartScript {
  /** Calls of the discover step, turn by turn, before it answers. */
  readonly discovery: readonly (readonly ToolCall[])[];
  readonly files: readonly FeedScript[];
  readonly references: readonly FeedContract[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** `name | type | source | description`, one a line; a name that ends in `!` may not be empty. */
export function columnsFrom(table: string): ContractColumn[] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', type = '', source = '', description = ''] = line
        .split('|')
        .map((cell) => cell.trim());
      return { name: name.replace('!', ''), type, nullable: !name.endsWith('!'), source, description };
    });
}
