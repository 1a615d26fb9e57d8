import { z } from 'zod';

/** What one statement may take of the machine; each is a whole number of at least 1. */
export interface ComputeSize {
  readonly threads: number;
  readonly memory_mb: number;
  /** Size at which a Parquet file is closed and the next begun. */
  readonly file_size_mb: number;
}

/** The parts of a size, in the order in which they are told. */
export const computeParts = ['threads', 'memory_mb', 'file_size_mb'] as const;
export type ComputePart = (typeof computeParts)[number];

const whole = z.int().min(1).max(1_000_000_000);

/** What ingest and run_mapping take as `compute`. */
export const computeAsk = z
  .strictObject({
    threads: whole.optional(),
    memory_mb: whole.optional().describe('MiB'),
    file_size_mb: whole.optional().describe('MiB per Parquet file'),
  })
  .describe('the size for this call, as plan_compute grants it; what is left out is the standard');
export type ComputeAsk = z.output<typeof computeAsk>;

/** What was asked for and what was given, as answers and snapshots show it. */
export const computeGrant = z.object({
  asked: computeAsk,
  granted: z.object({ threads: z.int(), memory_mb: z.int(), file_size_mb: z.int() }),
});
