import { z } from 'zod';
import { checkContract } from './lake/check-contract.ts';
import { type Contract, contractShape } from './lake/contract-shape.ts';
import { documentSchema } from './standard/document.ts';

export { semver } from './lake/contract-parts.ts';
export type { Contract, ContractProperty, ContractTable } from './lake/contract-shape.ts';
export { comparisonNames, type QualityRule } from './lake/rule-shape.ts';

/** Version 2 has other fields: it is not offered to who wrote a version that there is not. */
const readDocumentSchema = documentSchema.extend({
  apiVersion: documentSchema.shape.apiVersion.exclude(['v2.2.2', 'v2.2.1', 'v2.2.0']),
});

/**
 * A contract that the catalog and the lake can work with: first all of the Open Data Contract Standard 3.1
 * (`standard/`), then what they read of it, then what the lake must be able to keep (`lake/`).
 */
export const contractSchema: z.ZodType<Contract> = readDocumentSchema.transform((written, context) => {
  const read = contractShape.safeParse(written);
  const issues = read.success ? demandIssues(read.data, written) : read.error.issues;
  for (const issue of issues) context.issues.push({ ...issue, input: written } as z.core.$ZodRawIssue);
  return read.success ? read.data : z.NEVER;
});

function demandIssues(contract: Contract, written: unknown) {
  return checkContract(contract, written).map(({ path, message, hint, demand, onKey }) => ({
    code: 'custom' as const,
    path: [...path],
    message,
    params: { hint, demand, onKey },
  }));
}
