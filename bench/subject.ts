/** What a subject is measured with. The same shape as a peer harness hands to its adapters. */
export interface BenchContext {
  /** The mock server's base URL with `/v1`; the number of turns is in its path. */
  readonly baseURL: string;
  /** Model calls of one run: `turns - 1` tool calls, then the final text. */
  readonly turns: number;
  /** A fresh path for the subject's log, if it keeps one (SQLite). */
  readonly dbPath: string;
  readonly tool: (args: { readonly path: string; readonly index: number }) => Promise<string>;
}

export interface Subject {
  /** One whole run; gives its final text. */
  run(id: string): Promise<string>;
  close(): void | Promise<void>;
}

export type SetUp = (context: BenchContext) => Promise<Subject>;
