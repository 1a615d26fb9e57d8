import type { SchemaIssue } from '../../ports/schema-validator.ts';

/** Each issue as `/files/0/type: must be …`; `whole` names the value itself, which has no path. */
export function describeIssues(issues: readonly SchemaIssue[], whole: string): string[] {
  return issues.map((issue) => `${issue.path || whole}: ${issue.message}`);
}
