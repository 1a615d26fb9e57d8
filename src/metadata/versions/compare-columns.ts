import { customValue } from '../custom-property.ts';
import type { ContractProperty, ContractTable } from '../lake/contract-shape.ts';
import { partitionsOf, primaryKeyOf } from '../table-layout.ts';
import type { Change } from './change.ts';
import { compareTypes } from './compare-types.ts';
import { isSame, wordsOnly } from './words-only.ts';

type Columns = readonly ContractProperty[];

/** The columns of a table, or the fields of a column that holds objects. */
export function compareColumns(was: Columns, now: Columns, table: string): Change[] {
  const gone = was.filter(({ name }) => !find(now, name));
  const added = now.filter(({ name }) => !find(was, name));
  const renamed = renames(gone, added);
  const kept = was.flatMap((column) => {
    const other = find(now, column.name);
    return other ? [{ column, other }] : [];
  });
  return [
    ...renamed.map(
      ({ column, other }): Change => ({
        kind: 'breaking',
        path: `${table}.${column.name}`,
        words: `the column is called ${other.name} now`,
      }),
    ),
    ...gone
      .filter((column) => !renamed.some((one) => one.column === column))
      .map(
        ({ name }): Change => ({ kind: 'breaking', path: `${table}.${name}`, words: 'the column is gone' }),
      ),
    ...added
      .filter((column) => !renamed.some(({ other }) => other === column))
      .map(
        ({ name }): Change => ({ kind: 'compatible', path: `${table}.${name}`, words: 'the column is new' }),
      ),
    ...[...kept, ...renamed].flatMap(({ column, other }) =>
      compareColumn(column, other, `${table}.${other.name}`),
    ),
    ...compareOrder(was, now, table),
  ];
}

/** The key and the partitions of a table. */
export function compareKeys(was: ContractTable, now: ContractTable): Change[] {
  const path = now.physicalName;
  const keys = [primaryKeyOf(was), primaryKeyOf(now)] as const;
  const partitions = [partitionsOf(was), partitionsOf(now)] as const;
  return [
    ...(isSame(...keys)
      ? []
      : [
          {
            kind: 'breaking' as const,
            path,
            words: `the primary key was ${listed(keys[0])} and is ${listed(keys[1])}`,
          },
        ]),
    ...(isSame(...partitions)
      ? []
      : [
          {
            kind: 'compatible' as const,
            path,
            words: `the table was partitioned by ${listed(partitions[0])} and is by ${listed(partitions[1])}`,
          },
        ]),
  ];
}

const listed = (names: readonly string[]): string => names.join(', ') || 'nothing';
const find = (columns: Columns, name: string) => columns.find((column) => column.name === name);

interface Pair {
  readonly column: ContractProperty;
  readonly other: ContractProperty;
}

/** A column that is gone and one that is new are the same when their type is and they mean the same by name or by definition. */
function renames(gone: Columns, added: Columns): Pair[] {
  const left = [...added];
  return gone.flatMap((column) => {
    const index = left.findIndex((other) => isSameThing(column, other));
    const [other] = index < 0 ? [] : left.splice(index, 1);
    return other ? [{ column, other }] : [];
  });
}

function isSameThing(a: ContractProperty, b: ContractProperty): boolean {
  if (compareTypes(a, b, '').length > 0) return false;
  const terms = (column: ContractProperty) => termsOf(column).toSorted();
  return (
    (a.businessName !== undefined && a.businessName === b.businessName) ||
    (termsOf(a).length > 0 && isSame(terms(a), terms(b))) ||
    (a.description !== undefined && a.description === b.description)
  );
}

const termsOf = ({ authoritativeDefinitions = [] }: ContractProperty): string[] =>
  authoritativeDefinitions.map(({ url }) => url);

const compared = [
  'name',
  'logicalType',
  'physicalType',
  'logicalTypeOptions',
  'required',
  'unique',
  'primaryKey',
  'primaryKeyPosition',
  'partitioned',
  'partitionKeyPosition',
  'authoritativeDefinitions',
  'quality',
  'properties',
  'items',
  'customProperties',
];

function compareColumn(was: ContractProperty, now: ContractProperty, path: string): Change[] {
  return [
    ...compareTypes(was, now, path),
    ...comparePromise('required', {
      was,
      now,
      path,
      lost: 'the column may be empty now',
      won: 'the column is never empty now',
    }),
    ...comparePromise('unique', {
      was,
      now,
      path,
      lost: 'a value may stand here twice now',
      won: 'no value stands here twice now',
    }),
    ...compareTerms(was, now, path),
    ...compareNested(was, now, path),
    ...compareSource(was, now, path),
    ...wordsOnly(was, now, { path, but: compared }),
    ...wordsOnly(otherProperties(was), otherProperties(now), { path, but: ['source', 'partitionTransform'] }),
  ];
}

function comparePromise(
  field: 'required' | 'unique',
  {
    was,
    now,
    path,
    lost,
    won,
  }: {
    readonly was: ContractProperty;
    readonly now: ContractProperty;
    readonly path: string;
    readonly lost: string;
    readonly won: string;
  },
): Change[] {
  const [before, after] = [was[field] ?? false, now[field] ?? false];
  if (before === after) return [];
  return [before ? { kind: 'breaking', path, words: lost } : { kind: 'compatible', path, words: won }];
}

/** The terms say what the column means. Without one in common it means something else; else the citations were mended. */
function compareTerms(was: ContractProperty, now: ContractProperty, path: string): Change[] {
  const lost = termsOf(was).filter((url) => !termsOf(now).includes(url));
  const won = termsOf(now).filter((url) => !termsOf(was).includes(url));
  const kind = won.length > 0 && lost.length === termsOf(was).length ? 'breaking' : 'documentation';
  return [
    ...lost.map((url): Change => ({ kind, path, words: `the column is said to be ${url} no more` })),
    ...won.map((url): Change => ({ kind: 'documentation', path, words: `the column is said to be ${url}` })),
  ];
}

interface Nested {
  readonly properties?: Columns;
  readonly items?: ContractProperty & Nested;
}

function compareNested(
  was: ContractProperty & Nested,
  now: ContractProperty & Nested,
  path: string,
): Change[] {
  const items =
    was.items && now.items
      ? compareColumn({ ...was.items, name: '' }, { ...now.items, name: '' }, `${path}[]`)
      : [];
  return [...compareColumns(was.properties ?? [], now.properties ?? [], path), ...items];
}

function compareSource(was: ContractProperty, now: ContractProperty, path: string): Change[] {
  const [before, after] = [customValue(was, 'source'), customValue(now, 'source')];
  if (isSame(before, after)) return [];
  const named = (source: unknown): string =>
    source === undefined ? 'the column of its name' : (JSON.stringify(source) ?? '');
  return [
    { kind: 'compatible', path, words: `it is filled from ${named(after)} and not from ${named(before)}` },
  ];
}

function compareOrder(was: Columns, now: Columns, table: string): Change[] {
  const order = (columns: Columns, others: Columns) =>
    columns.map(({ name }) => name).filter((name) => find(others, name));
  if (isSame(order(was, now), order(now, was))) return [];
  return [{ kind: 'documentation', path: table, words: 'the columns stand in another order' }];
}

const otherProperties = ({ customProperties = [] }: ContractProperty): object =>
  Object.fromEntries(customProperties.map(({ property, value }) => [property, value]));
