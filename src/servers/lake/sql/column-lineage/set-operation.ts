import { type Relation, type RelationColumn, sameName } from './scope.ts';
import { allColumns } from './select-list.ts';
import { deciding, merged, noLineage } from './value-lineage.ts';

// A UNION of a hundred files has a hundred expressions for one column: nobody reads more of them.
const mostDefinitions = 8;

/** UNION, EXCEPT, INTERSECT. What does not keep all rows compares whole rows, so every column decides about all. */
export function setOperation(
  sides: readonly Relation[],
  { byName, keepsAll }: { readonly byName: boolean; readonly keepsAll: boolean },
): Relation {
  const opens = sides.flatMap(({ open }) => (open ? [open] : []));
  const isListed = opens.length === 0;
  const columns = isListed ? (byName ? columnsByName(sides) : columnsByPlace(sides)) : [];
  const compared = keepsAll ? [] : sides.map((side) => deciding(allColumns(side), 'GROUP_BY'));
  return {
    columns,
    open: isListed ? undefined : merged(sides.map(allColumns)),
    rows: merged([...sides.map(({ rows }) => rows), ...compared]),
  };
}

function columnsByPlace([first, ...others]: readonly Relation[]): RelationColumn[] {
  return (first?.columns ?? []).map((column, index) =>
    together([column, ...others.flatMap(({ columns }) => columns[index] ?? [])]),
  );
}

function columnsByName(sides: readonly Relation[]): RelationColumn[] {
  const all = sides.flatMap(({ columns }) => columns);
  const firsts = all.filter(
    (column, index) => all.findIndex((other) => sameName(other.name, column.name ?? '')) === index,
  );
  return firsts.map((first) => together(all.filter(({ name }) => sameName(name, first.name ?? ''))));
}

function together(columns: readonly RelationColumn[]): RelationColumn {
  const definitions = columns.flatMap((column) => column.definitions);
  return {
    name: columns[0]?.name,
    lineage: merged(columns.map(({ lineage }) => lineage ?? noLineage)),
    definitions: definitions.length > mostDefinitions ? [] : definitions,
  };
}
