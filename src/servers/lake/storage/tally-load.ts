import type { LoadTally } from '../drift/judge-load.ts';
import { quoteText } from './quote-sql.ts';
import { toResultRows } from './result-values.ts';
import type { Session } from './statement.ts';
import type { ResultRow, TableDefinition } from './table-store.ts';

/** Counts what `checkFile` has found, by column: a record with three faults counts in three. */
export async function tallyLoad(
  session: Session,
  { definition, rowsRead, rowsEarly }: { definition: TableDefinition; rowsRead: number; rowsEarly: number },
): Promise<LoadTally> {
  const names = definition.columns.map(({ name }) => name);
  const reasons = await read(
    session,
    'SELECT fault, fault_column, count(*) AS n FROM rejected GROUP BY ALL ORDER BY n DESC, fault',
  );
  const [good = {}] = await read(
    session,
    `SELECT ${names.map((_, index) => `count(v${index}) AS v${index}`).join(', ')} FROM accepted`,
  );
  const [bad = {}] = await read(
    session,
    `SELECT ${names.map(faultCounts).join(', ')} FROM rejected WHERE fault_column IS NOT NULL`,
  );
  return {
    rows: rowsRead,
    broken: reasons
      .filter((row) => row['fault_column'] === null)
      .map((row) => ({ reason: String(row['fault']), rows: Number(row['n']) })),
    columns: names.map((column, index) => ({
      column,
      // What was written early is sound in every column; how often it is null there is not worth a look.
      filled: rowsEarly + Number(good[`v${index}`]) + Number(bad[`f${index}`]) - Number(bad[`m${index}`]),
      faulty: Number(bad[`f${index}`]),
      reason: String(reasons.find((row) => row['fault_column'] === column)?.['fault'] ?? 'invalid'),
    })),
  };
}

async function read(session: Session, sql: string): Promise<readonly ResultRow[]> {
  return toResultRows(await session.read(sql)).rows;
}

/** All faults of a record stand in `faults`, as `price: invalid_decimal "x"; stock: not_null`. */
function faultCounts(name: string, index: number): string {
  const has = (words: string): string =>
    `count(*) FILTER (starts_with(faults, ${quoteText(words)}) OR contains(faults, ${quoteText(`; ${words}`)}))`;
  return `${has(`${name}: `)} AS f${index}, ${has(`${name}: not_null`)} AS m${index}`;
}
