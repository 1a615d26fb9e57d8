import { quoteName, quoteTable } from '../storage/quote-sql.ts';
import type { TableDefinition, TableStore } from '../storage/table-store.ts';
import { profileValues, type ValueProfile } from './compare-values.ts';
import type { ExpectedColumn } from './expected-feed.ts';

/** What the table already holds in a column. */
export interface KnownColumn {
  readonly profile: ValueProfile;
  /** Share of its rows that have a value. */
  readonly filledShare: number;
  /** The values in two halves: a column that is not even like itself is compared with nothing. */
  readonly halves: readonly [ValueProfile, ValueProfile];
}

const mostRows = 20_000;
const mostCells = 400_000;

/** Rows spread over the table, by column of the contract. Empty for a table that holds none. */
export async function readKnownValues(
  store: TableStore,
  { definition, expected }: { definition: TableDefinition; expected: readonly ExpectedColumn[] },
): Promise<Map<string, KnownColumn>> {
  const held = new Set(definition.columns.map(({ name }) => name));
  const columns = expected.filter(({ name }) => held.has(name));
  const total = await store.countRows(definition.table);
  if (columns.length === 0 || total === 0) return new Map();
  const limit = Math.max(500, Math.min(mostRows, Math.floor(mostCells / columns.length)));
  const shown = columns.map(({ name }, index) => `${quoteName(name)}::VARCHAR AS k${index}`);
  const stride = Math.max(1, Math.floor(total / limit));
  const { rows } = await store.query(
    `SELECT ${shown.join(', ')} FROM ${quoteTable(definition.table)} ${spreadBy(definition, stride)} LIMIT ${limit}`,
  );
  return new Map(
    columns.map(({ name, type }, index) => {
      const values = rows.map((row) => row[`k${index}`]).filter((value) => typeof value === 'string');
      return [name, knownColumn(values, { type, rows: rows.length })];
    }),
  );
}

/** Only bronze rows have a line; another table is small or compared by its first rows in order. */
function spreadBy({ table }: TableDefinition, stride: number): string {
  const isBronze = table.split('.')[0]?.endsWith('_raw') === true;
  return isBronze
    ? `WHERE _source_line % ${stride} = 0 ORDER BY _source_sha256, _source_line`
    : 'ORDER BY ALL';
}

function knownColumn(values: readonly string[], { type, rows }: { type: string; rows: number }): KnownColumn {
  const even = values.filter((_, index) => index % 2 === 0);
  const odd = values.filter((_, index) => index % 2 === 1);
  return {
    profile: profileValues(values, type),
    filledShare: rows === 0 ? 0 : values.length / rows,
    halves: [profileValues(even, type), profileValues(odd, type)],
  };
}
