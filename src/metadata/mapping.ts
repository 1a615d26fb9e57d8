import { z } from 'zod';
import { documentId, lakeTableName, semver } from './lake/contract-parts.ts';

const contractTable = z.strictObject({
  contract: z.string().min(1).describe('id of the contract'),
  table: lakeTableName.describe('one of its tables'),
});

/** Where a column of the target comes from, for whoever reviews the mapping. */
const mappingColumn = z.strictObject({
  column: z.string().describe('column of the target'),
  from: z
    .array(z.string().min(1))
    .describe(
      'columns of the source; of another table with its name: policy.currency_rates.rate; [] for none',
    ),
  rule: z.string().min(1).describe('what is done with it, and the policy that says so'),
});

/** How the rows of one table become rows of another: a `*.mapping.yaml` file. */
export const mappingSchema = z.strictObject({
  kind: z.literal('Mapping'),
  id: documentId,
  version: semver,
  status: z.string().optional(),
  description: z.string().optional(),
  source: contractTable,
  target: contractTable,
  sql: z.string().min(1).describe('one SELECT, as lake.run_mapping takes it'),
  columns: z.array(mappingColumn).min(1),
});
export type Mapping = z.infer<typeof mappingSchema>;
