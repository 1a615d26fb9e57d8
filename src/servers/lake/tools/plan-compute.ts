import { z } from 'zod';
import { computeAsk } from '../compute/compute-size.ts';
import { planCompute as plan } from '../compute/plan-compute.ts';
import { defineLakeTool, reads } from './tool-definition.ts';

const size = z.object({ threads: z.int(), memory_mb: z.int(), file_size_mb: z.int() });
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const planCompute = defineLakeTool({
  name: 'plan_compute',
  title: 'Plan the size of a load',
  description:
    'Proposes threads, memory and Parquet file size for work of this size, and says what is granted: a person has set limits, and `ask` is clamped to them. Give `granted` as `compute` to ingest or run_mapping. The same numbers always give the same answer. Ask for another size only with a reason: it is kept with the run.',
  input: z.strictObject({
    bytes: count.describe('of all files together, as list_files shows them'),
    rows: count.optional(),
    files: count.optional(),
    columns: count.optional(),
    ask: computeAsk
      .extend({ reason: z.string().min(1).max(500).describe('why the proposal does not fit') })
      .optional(),
    cluster: z
      .strictObject({
        name: z.string().min(1).max(100),
        cores_per_executor: z.int().min(1).max(1024),
        waves: z.int().min(1).max(1000),
        max_executors: z.int().min(1).max(100_000),
      })
      .optional()
      .describe('only when a policy of the project names a cluster; says what it would get'),
  }),
  output: z.object({
    proposed: size,
    asked: computeAsk.extend({ reason: z.string() }).optional(),
    granted: size,
    clamped: z.array(z.object({ what: z.string(), asked: z.int(), granted: z.int(), by: z.string() })),
    executors: z
      .object({ cluster: z.string(), proposed: z.int(), granted: z.int() })
      .optional()
      .describe('what the cluster would get'),
    reasoning: z.array(z.string()),
  }),
  annotations: reads,
  run: async ({ compute }, { ask, cluster, ...work }) => {
    const { reason: _, ...asked } = ask ?? { reason: '' };
    const { clamped, reasoning, ...planned } = plan(work, { ask: asked, limits: compute, cluster });
    return {
      ...planned,
      ...(ask && { asked: ask }),
      clamped: [...clamped],
      reasoning: [...reasoning],
    };
  },
});
