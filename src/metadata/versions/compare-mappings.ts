import type { Mapping } from '../mapping.ts';
import { type Change, type Comparison, comparisonOf } from './change.ts';
import { isSame, wordsOnly } from './words-only.ts';

/** Seen by those who read the target: other rows for the same columns are compatible, another target is not. */
export function compareMappings(was: Mapping, now: Mapping): Comparison {
  return comparisonOf({ was, now }, [
    ...compareEnds(was, now),
    ...compareSql(was, now),
    ...compareColumns(was, now),
    ...wordsOnly(was, now, { path: '', but: ['version', 'source', 'target', 'sql', 'columns'] }),
  ]);
}

function compareEnds(was: Mapping, now: Mapping): Change[] {
  const ends = [
    ['target', 'breaking'],
    ['source', 'compatible'],
  ] as const;
  return ends
    .filter(([end]) => !isSame(was[end], now[end]))
    .map(([end, kind]) => ({
      kind,
      path: end,
      words: `it was ${named(was[end])} and is ${named(now[end])}`,
    }));
}

const named = ({ contract, table }: Mapping['source']): string => `${table} of ${contract}`;

function compareSql({ sql: was }: Mapping, { sql: now }: Mapping): Change[] {
  if (was === now) return [];
  const isSpacing = bare(was) === bare(now);
  return [
    isSpacing
      ? { kind: 'documentation', path: 'sql', words: 'the SQL is set otherwise' }
      : { kind: 'compatible', path: 'sql', words: 'the SQL is another one' },
  ];
}

/** Blanks inside of quotes count. */
const bare = (sql: string): string =>
  sql
    .replaceAll(/('(?:[^']|'')*'|"(?:[^"]|"")*")|\s+/g, (_, quoted: string | undefined) => quoted ?? ' ')
    .trim();

function compareColumns({ columns: was }: Mapping, { columns: now }: Mapping): Change[] {
  const gone = was.filter(({ column }) => !now.some((other) => other.column === column));
  const added = now.filter(({ column }) => !was.some((other) => other.column === column));
  const changed = now.filter((one) =>
    was.some((other) => other.column === one.column && !isSame(one, other)),
  );
  return [
    ...gone.map(
      ({ column }): Change => ({
        kind: 'breaking',
        path: `columns.${column}`,
        words: 'the column is mapped no more',
      }),
    ),
    ...added.map(
      ({ column }): Change => ({
        kind: 'compatible',
        path: `columns.${column}`,
        words: 'the column is mapped now',
      }),
    ),
    ...changed.map(
      ({ column }): Change => ({
        kind: 'documentation',
        path: `columns.${column}`,
        words: 'from or rule is written otherwise',
      }),
    ),
  ];
}
