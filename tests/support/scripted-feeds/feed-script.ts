import type { FeedDraft } from '../../../src/metadata/feed-draft.ts';
import type { ToolCall } from './conversation.ts';

/** What the scripted model knows about one feed: what it would write down, and the SELECT that it would find. */
export interface FeedScript {
  readonly draft: FeedDraft;
  /** Looks into the table that a careful person would take before writing the SELECT. */
  readonly looks: readonly string[];
  readonly mapping: MappingAnswer;
}

export interface MappingAnswer {
  readonly sql: string;
  readonly columns: readonly {
    readonly column: string;
    readonly from: readonly string[];
    readonly rule: string;
  }[];
  readonly notes: readonly string[];
  readonly errors: readonly string[];
}

/** One run of the workflow, as the model takes part in it. */
export interface DatamartScript {
  /** Calls of the discover step, turn by turn, before it answers. */
  readonly discovery: readonly (readonly ToolCall[])[];
  readonly feeds: readonly FeedScript[];
  readonly references: readonly FeedDraft[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** What becomes of a feed whose file has drifted, by its id. */
  readonly healed?: Readonly<Record<string, HealedFeed>>;
}

export interface HealedFeed {
  /** Looks into the file, before it answers. */
  readonly looks: readonly ToolCall[];
  readonly draft: FeedDraft;
  readonly reason: string;
}

/** `name | type | source | description`, one a line; a name that ends in `!` may not be empty. */
export function columnsFrom(table: string): FeedDraft['columns'] {
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
