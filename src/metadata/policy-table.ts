import { z } from 'zod';
import { contractName } from './contract-name.ts';
import type { Policy } from './policy.ts';

/** A table of a policy as lake.write_rows takes it: mappings join it, and no number of a policy stands in a SELECT. */
export const policyTableSchema = z.object({
  table: z.string().describe('policy.<policy>_<table>'),
  contract: z.string().describe('<policy>@<version>'),
  description: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.record(z.string(), z.json())),
});
export type PolicyTable = z.infer<typeof policyTableSchema>;

export function policyTables(policy: Policy): PolicyTable[] {
  return Object.entries(policy.tables ?? {}).map(([name, rows]) => ({
    table: `policy.${policy.id}_${name}`,
    contract: contractName(policy),
    description: `${policy.title}: ${name}`,
    columns: [...new Set(rows.flatMap((row) => Object.keys(row)))],
    rows,
  }));
}
