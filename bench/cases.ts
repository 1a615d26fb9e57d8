/** What is measured: one process per case and subject, in which some runs warm up and then `runs` are timed. */
export interface Case {
  readonly turns: number;
  readonly toolBytes: number;
  readonly runs: number;
  readonly warmRuns: number;
  /** Runs under way at once. */
  readonly inFlight: number;
  /** Only these subjects; all when it is left out. */
  readonly only?: readonly string[];
}

const growing = ['aiworkflow', 'sdk-streamed-row-full', 'sdk-row-full'];

export const cases = {
  latency: { turns: 10, toolBytes: 1024, runs: 200, warmRuns: 30, inFlight: 1 },
  // The same number of turns in all, so that both have the same share of compilation and garbage collection.
  turns20: { turns: 20, toolBytes: 1024, runs: 50, warmRuns: 20, inFlight: 1, only: growing },
  turns200: { turns: 200, toolBytes: 1024, runs: 5, warmRuns: 2, inFlight: 1, only: growing },
  bulky: { turns: 200, toolBytes: 50 * 1024, runs: 1, warmRuns: 0, inFlight: 1, only: growing },
  concurrent: { turns: 10, toolBytes: 1024, runs: 500, warmRuns: 5, inFlight: 500 },
} as const satisfies Readonly<Record<string, Case>>;

export type CaseName = keyof typeof cases;
