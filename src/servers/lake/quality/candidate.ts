/** Rows under judgement: a whole table, or what a load or a mapping is about to write. */
export interface Candidate {
  /** What stands after FROM: a quoted table or `(SELECT …)`. Read several times, so it should be cheap to read. */
  readonly relation: string;
  /** The table that the rows belong to or will: the name that messages say and `{table}` in a query stands for. */
  readonly table: string;
  readonly columns: readonly { readonly name: string }[];
  /** Columns by which a person finds a row again. */
  readonly key: readonly string[];
  /** SQL by which rows are sorted; of equal ones the first is kept. Without it: by all columns. */
  readonly order?: string | undefined;
}
