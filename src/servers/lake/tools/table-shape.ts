import { z } from 'zod';
import { auditColumnNames, ingestErrorsTable, isRawSchema } from '../storage/audit-columns.ts';
import type { TableDefinition } from '../storage/table-store.ts';

/** How answers show what a table consists of. */
export const tableShape = {
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      nullable: z.boolean(),
      description: z.string().optional(),
    }),
  ),
  primary_key: z.array(z.string()),
  partitioned_by: z.array(z.string()),
  audit_columns: z
    .array(z.string())
    .describe('filled by ingest; can be selected, e.g. _vendor_name, _source_line'),
};

export function describedColumns(definition: TableDefinition) {
  const hasAudit = isRawSchema(definition.table) && definition.table !== ingestErrorsTable;
  return {
    columns: definition.columns.map(({ name, type, nullable, description }) => ({
      name,
      type,
      nullable,
      ...(description && { description }),
    })),
    primary_key: [...definition.primary_key],
    partitioned_by: [...definition.partitioned_by],
    audit_columns: hasAudit ? [...auditColumnNames] : [],
  };
}
