/** How a value is taken over: as it is, computed with others, or summed up over rows. */
export type DirectUse = 'IDENTITY' | 'TRANSFORMATION' | 'AGGREGATION';

/** How a column decides about a value without being part of it: which rows there are, or which of several values it is. */
export type IndirectUse = 'JOIN' | 'GROUP_BY' | 'FILTER' | 'SORT' | 'WINDOW' | 'CONDITIONAL';

/** A column of a table of the lake. `*` stands for any column of a table whose columns are not known. */
export interface ColumnSource {
  /** `schema.table`, as it is written. */
  readonly table: string;
  readonly column: string;
}

/**
 * What a value depends on. Whatever is not in here can change without changing the value: that is the promise, and so
 * everything that is not understood counts as a dependency (`unknowns` says what it was).
 */
export interface ValueLineage {
  readonly direct: ReadonlyMap<string, DirectUse>;
  readonly indirect: ReadonlyMap<string, ReadonlySet<IndirectUse>>;
  /** Tables whose number of rows matters, whatever is in them. */
  readonly tables: ReadonlySet<string>;
  readonly unknowns: ReadonlySet<string>;
}

export const noLineage: ValueLineage = {
  direct: new Map(),
  indirect: new Map(),
  tables: new Set(),
  unknowns: new Set(),
};

// No name in SQL can hold this character.
const separator = '\u0000';

export const sourceKey = ({ table, column }: ColumnSource): string => `${table}${separator}${column}`;

export function sourceOfKey(key: string): ColumnSource {
  const [table = '', column = ''] = key.split(separator);
  return { table, column };
}

export function columnLineageOf(source: ColumnSource): ValueLineage {
  return { ...noLineage, direct: new Map([[sourceKey(source), 'IDENTITY']]) };
}

export const rowsOfTable = (table: string): ValueLineage => ({ ...noLineage, tables: new Set([table]) });

export const unknownLineage = (what: string): ValueLineage => ({ ...noLineage, unknowns: new Set([what]) });

const strength: Record<DirectUse, number> = { IDENTITY: 0, TRANSFORMATION: 1, AGGREGATION: 2 };

/** All that any of them depends on. Of two uses of one column the one that changes more is kept. */
export function merged(values: Iterable<ValueLineage>): ValueLineage {
  const direct = new Map<string, DirectUse>();
  const indirect = new Map<string, Set<IndirectUse>>();
  const tables = new Set<string>();
  const unknowns = new Set<string>();
  for (const value of values) {
    for (const [key, use] of value.direct) direct.set(key, stronger(direct.get(key), use));
    for (const [key, uses] of value.indirect) addUses(indirect, key, uses);
    for (const table of value.tables) tables.add(table);
    for (const unknown of value.unknowns) unknowns.add(unknown);
  }
  return { direct, indirect, tables, unknowns };
}

const stronger = (before: DirectUse = 'IDENTITY', use: DirectUse): DirectUse =>
  strength[before] < strength[use] ? use : before;

/** The value is computed from it, not taken over. */
export function transformed(value: ValueLineage, use: 'TRANSFORMATION' | 'AGGREGATION'): ValueLineage {
  const direct = new Map<string, DirectUse>();
  for (const [key, before] of value.direct) direct.set(key, stronger(before, use));
  return { ...value, direct };
}

/** It only decides: all that it depends on becomes indirect. */
export function deciding(value: ValueLineage, use: IndirectUse): ValueLineage {
  const indirect = new Map<string, Set<IndirectUse>>();
  for (const [key, uses] of value.indirect) addUses(indirect, key, uses);
  for (const key of value.direct.keys()) addUses(indirect, key, [use]);
  return { ...value, direct: new Map(), indirect };
}

function addUses(into: Map<string, Set<IndirectUse>>, key: string, uses: Iterable<IndirectUse>): void {
  const known = into.get(key) ?? new Set<IndirectUse>();
  for (const use of uses) known.add(use);
  into.set(key, known);
}
