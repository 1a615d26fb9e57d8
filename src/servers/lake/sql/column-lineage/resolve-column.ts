import { type NamedRelation, type RelationColumn, type Scope, sameName } from './scope.ts';
import { merged, noLineage, type ValueLineage } from './value-lineage.ts';

export interface Resolved {
  readonly lineage: ValueLineage;
  /** The one column that is meant; undefined for a parameter, a whole row, or a name that may mean several things. */
  readonly column?: RelationColumn | undefined;
}

/**
 * What a name means, from the inside out: DuckDB's own order, a column before an alias before a whole row before the
 * query around. Undefined when nothing has the name.
 */
export function resolveColumn(names: readonly string[], scope: Scope): Resolved | undefined {
  const here = resolveHere(names, scope);
  if (here && !here.isGuess) return here;
  const { outer } = scope.environment;
  const around = outer && resolveColumn(names, outer);
  // A relation whose columns are not all known may have it, or the query around does: both count.
  if (here && around) return { lineage: merged([here.lineage, around.lineage]) };
  return here ?? around;
}

interface Found extends Resolved {
  readonly isGuess?: true;
}

function resolveHere(names: readonly string[], scope: Scope): Found | undefined {
  const [first = '', ...rest] = names;
  if (scope.locals.has(first.toLowerCase())) return { lineage: noLineage };
  return rest.length === 0 ? unqualified(first, scope) : qualified(names, scope);
}

function unqualified(name: string, scope: Scope): Found | undefined {
  const alias = scope.aliases.get(name.toLowerCase());
  if (alias && scope.aliasesFirst) return whole(alias);
  const column = scope.from.visible.find((candidate) => sameName(candidate.name, name));
  if (column) return whole(column);
  if (alias) return whole(alias);
  const row = scope.from.relations.find((relation) => sameName(relation.alias, name));
  if (row) return { lineage: wholeRow(row) };
  return guess(scope.from.relations);
}

/** `table.column`, `schema.table.column`, or a field of a column that is a struct. */
function qualified(names: readonly string[], scope: Scope): Found | undefined {
  const [first = '', second = '', third] = names;
  const byTable = scope.from.relations.filter((relation) => sameName(relation.alias, first));
  const found = inRelations(byTable, second);
  if (found) return third === undefined ? found : { lineage: found.lineage };
  const bySchema = scope.from.relations.filter((relation) => sameName(relation.table, `${first}.${second}`));
  const inSchema = third === undefined ? undefined : inRelations(bySchema, third);
  if (inSchema) return names.length === 3 ? inSchema : { lineage: inSchema.lineage };
  const struct = unqualified(first, scope);
  return struct && { lineage: struct.lineage, ...(struct.isGuess && { isGuess: true }) };
}

function inRelations(relations: readonly NamedRelation[], name: string): Found | undefined {
  for (const relation of relations) {
    const column = relation.columns.find((candidate) => sameName(candidate.name, name));
    if (column) return whole(column);
  }
  return guess(relations);
}

const whole = (column: RelationColumn): Found => ({ lineage: column.lineage, column });

export const wholeRow = (relation: NamedRelation): ValueLineage =>
  merged([...relation.columns.map(({ lineage }) => lineage), relation.open ?? noLineage]);

/** Relations whose columns are not all known, or not all named, may have it. */
function guess(relations: readonly NamedRelation[]): Found | undefined {
  const unnamed = relations.flatMap((relation) => relation.columns.filter(({ name }) => name === undefined));
  const open = relations.flatMap((relation) => (relation.open ? [relation.open] : []));
  if (unnamed.length + open.length === 0) return undefined;
  return { lineage: merged([...unnamed.map(({ lineage }) => lineage), ...open]), isGuess: true };
}

/** All that can be named here: what something depends on at the most when it is not understood. */
export function everythingIn(scope: Scope): ValueLineage {
  const { outer } = scope.environment;
  const around = outer ? [everythingIn(outer)] : [];
  return merged([
    ...scope.from.relations.map(wholeRow),
    ...scope.from.visible.map((column) => column.lineage),
    ...around,
  ]);
}
