import type { ColumnChange } from '../storage/evolve-table.ts';
import type { TableColumn, TableDefinition, TableStore } from '../storage/table-store.ts';

/**
 * Brings a table that exists to a newer definition as far as no row loses anything by it: columns are added, widened and made
 * optional, and new rows partitioned anew. What else differs stays as it is, for `createTable` to refuse.
 * @throws LakeFailure when a type cannot be widened so.
 */
export async function fitTable(store: TableStore, wanted: TableDefinition): Promise<void> {
  const existing = await store.findTable(wanted.table);
  if (!existing?.declared) return;
  const changes = changesTowards(existing, wanted);
  const isPartitionedSo = existing.partitioned_by.join() === wanted.partitioned_by.join();
  if (changes.length === 0 && isPartitionedSo) return;
  await store.evolve({
    table: wanted.table,
    changes,
    ...(!isPartitionedSo && { partitionedBy: wanted.partitioned_by }),
  });
}

function changesTowards(existing: TableDefinition, { columns }: TableDefinition): ColumnChange[] {
  const known = new Map(existing.columns.map((column) => [column.name, column]));
  return columns.flatMap((column, index) => {
    const former = known.get(column.name);
    return former ? changesOf(former, column) : [addition(column, columns[index - 1]?.name ?? null)];
  });
}

/** Added columns may be empty: the rows that are there have nothing in them. */
function addition({ name, type, description }: TableColumn, after: string | null): ColumnChange {
  return { change: 'add', column: name, type, after, ...(description !== undefined && { description }) };
}

function changesOf(former: TableColumn, wanted: TableColumn): ColumnChange[] {
  const { name: column, type, description } = wanted;
  return [
    ...(type === former.type ? [] : [{ change: 'widen', column, type } as const]),
    ...(wanted.nullable && !former.nullable ? [{ change: 'make_optional', column } as const] : []),
    ...(description === undefined || description === former.description
      ? []
      : [{ change: 'describe', column, description } as const]),
  ];
}
