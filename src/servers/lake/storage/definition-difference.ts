import type { TableColumn, TableDefinition } from './table-store.ts';

/** What is different, in words; descriptions may differ. Empty: the same table. */
export function describeDifference(existing: TableDefinition, wanted: TableDefinition): string[] {
  const differences: string[] = [];
  const wantedByName = new Map(wanted.columns.map((column) => [column.name, column]));
  const existingNames = new Set(existing.columns.map(({ name }) => name));
  for (const column of existing.columns) {
    const other = wantedByName.get(column.name);
    if (other === undefined) differences.push(`it has a column "${column.name}" that you do not give`);
    else differences.push(...columnDifference(column, other));
  }
  for (const { name } of wanted.columns) {
    if (!existingNames.has(name)) differences.push(`it has no column "${name}"`);
  }
  differences.push(...listDifference('primary_key', existing.primary_key, wanted.primary_key));
  differences.push(...listDifference('partitioned_by', existing.partitioned_by, wanted.partitioned_by));
  if (!existing.declared) differences.push('it was made by run_mapping and takes its columns from there');
  return differences;
}

function columnDifference(existing: TableColumn, wanted: TableColumn): string[] {
  const { name } = existing;
  const differences: string[] = [];
  if (existing.type !== wanted.type) differences.push(`"${name}" is ${existing.type}, not ${wanted.type}`);
  if (existing.nullable !== wanted.nullable)
    differences.push(`"${name}" is ${existing.nullable ? '' : 'not '}nullable`);
  return differences;
}

function listDifference(what: string, existing: readonly string[], wanted: readonly string[]): string[] {
  const spelled = existing.join(', ');
  return spelled === wanted.join(', ') ? [] : [`its ${what} is (${spelled}), not (${wanted.join(', ')})`];
}
