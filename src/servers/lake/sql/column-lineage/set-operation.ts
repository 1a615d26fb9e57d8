import type { Node } from '../syntax-tree.ts';
import { nothing } from './build-nodes.ts';
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

function columnsByPlace(sides: readonly Relation[]): RelationColumn[] {
  const [first] = sides;
  return (first?.columns ?? []).map(({ name }, index) =>
    together(
      name,
      sides.map((side) => ({ side, column: side.columns[index] })),
    ),
  );
}

function columnsByName(sides: readonly Relation[]): RelationColumn[] {
  const names = sides.flatMap(({ columns }) => columns.map(({ name }) => name ?? ''));
  const firsts = names.filter((name, index) => names.findIndex((other) => sameName(other, name)) === index);
  return firsts.map((name) =>
    together(
      name,
      sides.map((side) => ({ side, column: side.columns.find((one) => sameName(one.name, name)) })),
    ),
  );
}

interface SideColumn {
  readonly side: Relation;
  /** Undefined where a UNION BY NAME fills in NULL. */
  readonly column: RelationColumn | undefined;
}

function together(name: string | undefined, parts: readonly SideColumn[]): RelationColumn {
  const definitions = parts.map(definitionsOf);
  const isWhole = definitions.every((one) => one.length > 0);
  const all = isWhole ? definitions.flat() : [];
  return {
    name,
    lineage: merged(parts.map(({ column }) => column?.lineage ?? noLineage)),
    definitions: all.length > mostDefinitions ? [] : all,
  };
}

/** One for each branch of the side, so that the columns of one branch keep the same place in all lists. */
function definitionsOf({ side, column }: SideColumn): readonly Node[] {
  const branches = Math.max(1, ...side.columns.map(({ definitions }) => definitions.length));
  const own = column ? column.definitions : [nothing('')];
  if (own.length === branches) return own;
  const [only] = own;
  return own.length === 1 && only ? Array.from({ length: branches }, () => only) : [];
}
