import type { Policy } from '../policy.ts';
import { type Change, type Comparison, comparisonOf } from './change.ts';
import { isSame, wordsOnly } from './words-only.ts';

type Row = Readonly<Record<string, unknown>>;
type Tables = Readonly<Record<string, readonly Row[]>>;

/** Seen by the mappings that join the policy: another number is compatible, what they look up and do not find is not. */
export function comparePolicies(was: Policy, now: Policy): Comparison {
  return comparisonOf({ was, now }, [
    ...compareRules(was, now),
    ...compareTables(was.tables ?? {}, now.tables ?? {}),
    ...wordsOnly(was, now, { path: '', but: ['version', 'rules', 'tables'] }),
  ]);
}

function compareRules({ rules: was }: Policy, { rules: now }: Policy): Change[] {
  return [
    ...was.flatMap(({ id, statement }): Change[] => {
      const other = now.find((rule) => rule.id === id);
      if (!other) return [{ kind: 'breaking', path: `rules.${id}`, words: 'the rule is gone' }];
      return other.statement === statement
        ? []
        : [{ kind: 'compatible', path: `rules.${id}`, words: 'the rule says something else' }];
    }),
    ...now
      .filter(({ id }) => !was.some((rule) => rule.id === id))
      .map(({ id }): Change => ({ kind: 'compatible', path: `rules.${id}`, words: 'the rule is new' })),
  ];
}

function compareTables(was: Tables, now: Tables): Change[] {
  return [
    ...Object.entries(was).flatMap(([name, rows]): Change[] => {
      const others = now[name];
      return others
        ? compareRows(rows, others, `tables.${name}`)
        : [{ kind: 'breaking', path: `tables.${name}`, words: 'the table is gone' }];
    }),
    ...Object.keys(now)
      .filter((name) => !Object.hasOwn(was, name))
      .map((name): Change => ({ kind: 'compatible', path: `tables.${name}`, words: 'the table is new' })),
  ];
}

/** Rows are known by their first field: `{ currency: EUR, rate: 1 }` is the row EUR. */
function compareRows(was: readonly Row[], now: readonly Row[], table: string): Change[] {
  const path = (row: Row): string => `${table}.${keyOf(row)}`;
  return [
    ...was.flatMap((row): Change[] => {
      const other = now.find((one) => keyOf(one) === keyOf(row));
      return other
        ? compareCells(row, other, path(row))
        : [{ kind: 'breaking', path: path(row), words: 'the row is gone' }];
    }),
    ...now
      .filter((row) => !was.some((one) => keyOf(one) === keyOf(row)))
      .map((row): Change => ({ kind: 'compatible', path: path(row), words: 'the row is new' })),
  ];
}

const keyOf = (row: Row): string => String(Object.values(row)[0]);

function compareCells(was: Row, now: Row, path: string): Change[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])];
  return names
    .filter((name) => !isSame(was[name], now[name]))
    .map((name) => ({
      kind: now[name] === undefined ? 'breaking' : 'compatible',
      path: `${path}.${name}`,
      words: `it was ${shown(was[name])} and is ${shown(now[name])}`,
    }));
}

const shown = (value: unknown): string => (value === undefined ? 'not said' : (JSON.stringify(value) ?? ''));
