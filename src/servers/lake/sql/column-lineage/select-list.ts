import { isNode, type Node } from '../syntax-tree.ts';
import { childNode, childNodes, columnNode, rewritten, texts } from './analysis.ts';
import { expressionLineage, expressionsIn } from './expression-lineage.ts';
import { inlineExpression } from './inline-expression.ts';
import { everythingIn, wholeRow } from './resolve-column.ts';
import { type RelationColumn, type Scope, sameName, type VisibleColumn } from './scope.ts';
import { merged, noLineage, unknownLineage, type ValueLineage } from './value-lineage.ts';

/** The columns of a SELECT list, and what any further ones depend on when a `*` cannot be written out. */
export interface SelectList {
  readonly columns: readonly RelationColumn[];
  readonly open?: ValueLineage | undefined;
  /** The scope in which the rest of the SELECT finds the list's aliases. */
  readonly scope: Scope;
}

export function selectList(select: Node, scope: Scope): SelectList {
  const columns: RelationColumn[] = [];
  const open: ValueLineage[] = [];
  const aliases = new Map<string, RelationColumn>();
  // The map grows with the list: an alias can be used to the right of it.
  const growing = { ...scope, aliases };
  for (const item of childNodes(select, 'select_list')) {
    const part = isStar(item) ? star(item, growing) : computed(item, growing);
    open.push(...part.open);
    for (const column of part.columns) {
      columns.push(column);
      const name = column.name?.toLowerCase();
      if (name !== undefined && !aliases.has(name)) aliases.set(name, column);
    }
  }
  return { columns, open: open.length > 0 ? merged(open) : undefined, scope: growing };
}

interface Part {
  readonly columns: readonly RelationColumn[];
  readonly open: readonly ValueLineage[];
}

const isStar = ({ class: kind }: Node): boolean => kind === 'STAR';

function computed(item: Node, scope: Scope): Part {
  const inner = starInside(item);
  if (inner) return computedForEach({ item, inner }, scope);
  return { columns: [column(item, scope)], open: [] };
}

function column(item: Node, scope: Scope): RelationColumn {
  return {
    name: nameOf(item),
    lineage: expressionLineage(item, scope),
    definitions: inlineExpression(item, scope),
  };
}

function nameOf(item: Node): string | undefined {
  const alias = String(item['alias'] ?? '');
  if (alias !== '') return alias;
  const names = texts(item['column_names']);
  if (item['class'] === 'COLUMN_REF') return names.at(-1);
  return item['function_name'] === 'count_star' ? 'count_star()' : undefined;
}

/** A `*`, or COLUMNS(…), as part of an expression; `count(t.*)` takes them all at once. */
function starInside(item: Node): Node | undefined {
  if (item['class'] === 'SUBQUERY') return undefined;
  for (const { part } of expressionsIn(item)) {
    const found = isStar(part) ? part : starInside(part);
    if (found) return found;
  }
  return undefined;
}

/** `sum(COLUMNS(*))` is one column for each. Which name each gets is DuckDB's to say, so each may depend on all of it. */
function computedForEach({ item, inner }: { item: Node; inner: Node }, scope: Scope): Part {
  if (inner['columns'] !== true) return { columns: [column(item, scope)], open: [] };
  const chosen = visibleOf(inner, scope).filter((candidate) => isWanted(candidate, inner));
  const isPlain = isListable(inner, scope) && !isNode(item['expr']) && item['type'] !== 'OPERATOR_UNPACK';
  if (!isPlain) return { columns: [], open: [expressionLineage(item, scope)] };
  const columns = chosen.map((candidate) => {
    const reference = columnNode([candidate.alias, candidate.name ?? '']);
    const written = substituted(item, { from: inner, to: reference }) as Node;
    return { ...column(written, scope), name: alias(item) ?? candidate.name };
  });
  return { columns, open: [] };
}

const alias = (item: Node): string | undefined => (item['alias'] ? String(item['alias']) : undefined);

function substituted(value: unknown, change: { from: Node; to: Node }): unknown {
  return value === change.from ? change.to : rewritten(value, (member) => substituted(member, change));
}

function star(item: Node, scope: Scope): Part {
  const open = openOf(item, scope);
  if (!isListable(item, scope)) {
    return { columns: [], open: [everythingIn(scope), unknownLineage('COLUMNS with a condition'), ...open] };
  }
  const replacements = new Map(
    childNodes(item, 'replace_list').map((entry) => [
      String(entry['key']).toLowerCase(),
      childNode(entry, 'value'),
    ]),
  );
  const columns = visibleOf(item, scope)
    .filter((candidate) => isWanted(candidate, item))
    .map((candidate) => {
      const replacement = replacements.get(candidate.name?.toLowerCase() ?? '');
      const kept = replacement ? column(replacement, scope) : candidate;
      const { lineage, definitions } = kept;
      return { name: renamed(item, candidate), lineage, definitions };
    });
  return { columns, open };
}

/** A regular expression is matched here; what else COLUMNS takes is for DuckDB to evaluate. */
function isListable(item: Node, scope: Scope): boolean {
  if (childNode(item, 'expr') !== undefined && pattern(item) === undefined) return false;
  return pattern(item) === undefined || openOf(item, scope).length === 0;
}

function pattern(item: Node): RegExp | undefined {
  const value = childNode(childNode(item, 'expr') ?? {}, 'value')?.['value'];
  if (typeof value !== 'string') return undefined;
  try {
    return new RegExp(value);
  } catch {
    return undefined; // RE2 knows what JavaScript does not: then the columns are not told apart
  }
}

const relationsOf = (item: Node, { from }: Scope) =>
  item['relation_name']
    ? from.relations.filter(({ alias: name }) => sameName(name, String(item['relation_name'])))
    : from.relations;

const openOf = (item: Node, scope: Scope): ValueLineage[] =>
  relationsOf(item, scope).flatMap(({ open }) => (open ? [open] : []));

function visibleOf(item: Node, scope: Scope): readonly VisibleColumn[] {
  if (!item['relation_name']) return scope.from.visible;
  return relationsOf(item, scope).flatMap(({ alias: name, columns }) =>
    columns.map((one) => ({ ...one, alias: name })),
  );
}

function isWanted({ name = '', alias: relation }: VisibleColumn, item: Node): boolean {
  const excluded = texts(item['exclude_list']).some((one) => sameName(one, name));
  const excludedThere = childNodes(item, 'qualified_exclude_list').some(
    (one) =>
      sameName(String(one['column']), name) && (!one['table'] || sameName(String(one['table']), relation)),
  );
  return !excluded && !excludedThere && (pattern(item)?.test(name) ?? true);
}

function renamed(item: Node, { name }: VisibleColumn): string | undefined {
  const entry = childNodes(item, 'rename_list').find((one) =>
    sameName(String(childNode(one, 'key')?.['column'] ?? one['key']), name ?? ''),
  );
  return entry ? String(entry['value']) : name;
}

export const allColumns = ({ columns, open }: Pick<SelectList, 'columns' | 'open'>): ValueLineage =>
  wholeRow({ alias: '', columns, open, rows: noLineage });
