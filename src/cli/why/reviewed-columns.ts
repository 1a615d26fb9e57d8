import type { ReviewedColumn } from '../../lineage/answer.ts';
import { mappingSchema } from '../../metadata/mapping.ts';
import type { Approvals } from './approvals.ts';

export interface Reviewed {
  readonly columns: readonly ReviewedColumn[];
  readonly notes: readonly string[];
}

/** What the mapping document says of its columns. It speaks of its own SQL: of any other statement it says nothing. */
export function reviewedColumns(
  approvals: Approvals,
  { document, sql }: { readonly document: string | undefined; readonly sql: string | undefined },
): Reviewed {
  const text = document === undefined ? undefined : approvals.textOf('mapping', document);
  if (!text || sql === undefined) return { columns: [], notes: [] };
  const read = mappingSchema.safeParse(text);
  if (!read.success) return { columns: [], notes: [] };
  if (plain(read.data.sql) !== plain(sql))
    return { columns: [], notes: [`mapping ${document} now holds other SQL than the one that was run`] };
  return { columns: read.data.columns, notes: [] };
}

/** YAML folds lines. */
const plain = (sql: string): string => sql.replaceAll(/\s+/g, ' ').trim();
