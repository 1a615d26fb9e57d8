import type { Node } from '../syntax-tree.ts';
import type { ValueLineage } from './value-lineage.ts';

/** A column of something that stands in FROM, or of a query's result. */
export interface RelationColumn {
  /** Undefined when only DuckDB knows how it names the expression. */
  readonly name: string | undefined;
  readonly lineage: ValueLineage;
  /** The expression over columns of tables: one for each branch of a UNION; none when it cannot be written so. */
  readonly definitions: readonly Node[];
}

/** What a query, a table or a function gives. */
export interface Relation {
  readonly columns: readonly RelationColumn[];
  /** There may be more columns than are known: any of them depends on this. */
  readonly open?: ValueLineage | undefined;
  /** What decides which rows there are. */
  readonly rows: ValueLineage;
}

/** A relation by the name that it has in FROM. */
export interface NamedRelation extends Relation {
  readonly alias: string;
  /** `schema.table`, of a table that is read under its own name. */
  readonly table?: string | undefined;
}

/** What FROM brings. `visible` are the columns that are found without a table's name, in the order of `*`. */
export interface FromClause {
  readonly relations: readonly NamedRelation[];
  readonly visible: readonly VisibleColumn[];
  readonly rows: ValueLineage;
}

export interface VisibleColumn extends RelationColumn {
  readonly alias: string;
}

/** Where a name is looked up. */
export interface Scope {
  readonly from: FromClause;
  /** Columns of the SELECT list by name: what an alias means in the rest of it and in WHERE, GROUP BY, ORDER BY. */
  readonly aliases: ReadonlyMap<string, RelationColumn>;
  readonly aliasesFirst: boolean;
  /** Parameters of lambdas. */
  readonly locals: ReadonlySet<string>;
  readonly environment: Environment;
}

/** What the parts of the analysis need of each other. */
export interface Analysis {
  query(node: Node, environment: Environment): Relation;
  isAggregate(expression: Node): boolean;
  /** The columns of a table; `*` when they are not known. */
  table(name: string): Relation;
}

/** What a query sees of its surroundings. */
export interface Environment {
  readonly analysis: Analysis;
  readonly ctes: ReadonlyMap<string, Relation>;
  /** Of a correlated subquery: the query around it. */
  readonly outer: Scope | undefined;
}

export const sameName = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();
