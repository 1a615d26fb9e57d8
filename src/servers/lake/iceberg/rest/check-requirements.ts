import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { TableRequirement } from './read-request.ts';
import { RestRefusal } from './rest-refusal.ts';

/** @throws RestRefusal 409 when the table is not as the client has seen it. */
export function checkRequirements(metadata: TableMetadata, requirements: readonly TableRequirement[]): void {
  for (const requirement of requirements) {
    const { what, expected, found } = judge(metadata, requirement);
    if (expected !== found) {
      throw RestRefusal.conflict(
        `Requirement failed (${requirement.type}): ${what} has changed: expected ${expected ?? 'none'}, found ${found ?? 'none'}.`,
      );
    }
  }
}

interface Judged {
  readonly what: string;
  readonly expected: string | number | undefined;
  readonly found: string | number | undefined;
}

function judge(metadata: TableMetadata, requirement: TableRequirement): Judged {
  switch (requirement.type) {
    case 'assert-create':
      return { what: 'the table', expected: undefined, found: metadata['table-uuid'] };
    case 'assert-table-uuid':
      return { what: "the table's UUID", expected: requirement.uuid, found: metadata['table-uuid'] };
    case 'assert-ref-snapshot-id':
      return {
        what: `"${requirement.ref}"`,
        expected: requirement['snapshot-id'] ?? undefined,
        found: metadata.refs[requirement.ref]?.['snapshot-id'] ?? presentOf(metadata, requirement.ref),
      };
    case 'assert-last-assigned-field-id':
      return {
        what: 'the last id of a column',
        expected: requirement['last-assigned-field-id'],
        found: metadata['last-column-id'],
      };
    case 'assert-current-schema-id':
      return {
        what: 'the schema',
        expected: requirement['current-schema-id'],
        found: metadata['current-schema-id'],
      };
    case 'assert-last-assigned-partition-id':
      return {
        what: 'the last id of a partition field',
        expected: requirement['last-assigned-partition-id'],
        found: metadata['last-partition-id'],
      };
    case 'assert-default-spec-id':
      return {
        what: 'the partitioning',
        expected: requirement['default-spec-id'],
        found: metadata['default-spec-id'],
      };
    case 'assert-default-sort-order-id':
      return {
        what: 'the sort order',
        expected: requirement['default-sort-order-id'],
        found: metadata['default-sort-order-id'],
      };
  }
}

/** Some writers name the present alone, and no branch. */
function presentOf(metadata: TableMetadata, ref: string): string | undefined {
  return ref === 'main' ? metadata['current-snapshot-id'] : undefined;
}
