import { LakeFailure } from '../lake-failure.ts';
import { quoteName, quoteText } from './quote-sql.ts';

export type Cell = null | string | number | boolean | readonly (string | number)[];
export type GivenRow = Readonly<Record<string, Cell>>;

/**
 * A SELECT that gives these rows, in their order. The type of a column is that of its values: whole numbers are BIGINT, others
 * DECIMAL with as many places as the longest has, so that a rate stays the number that was written.
 * @throws LakeFailure when a column has values of several kinds.
 */
export function rowsSql(rows: readonly GivenRow[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const types = names.map((name) =>
    typeOf(
      name,
      rows.map((row) => row[name] ?? null),
    ),
  );
  const lines = rows.map((row) => `(${names.map((name) => literal(row[name] ?? null)).join(', ')})`);
  const columns = names.map(
    (name, index) => `CAST(${quoteName(name)} AS ${types[index]}) AS ${quoteName(name)}`,
  );
  return `SELECT ${columns.join(', ')} FROM (VALUES ${lines.join(', ')}) AS given(${names.map(quoteName).join(', ')})`;
}

function typeOf(name: string, cells: readonly Cell[]): string {
  const values = cells.filter((cell) => cell !== null);
  const kinds = new Set(values.map((value) => (Array.isArray(value) ? 'list' : typeof value)));
  const [kind = 'string', other] = kinds;
  if (other !== undefined) {
    throw new LakeFailure(
      `The column "${name}" holds values of several kinds: ${[...kinds].join(', ')}.`,
      'write all of them as texts, or all as numbers.',
    );
  }
  if (kind === 'boolean') return 'BOOLEAN';
  if (kind === 'number') return numberType(values as number[]);
  if (kind !== 'list') return 'VARCHAR';
  const members = (values as (readonly (string | number)[])[]).flat();
  const numbers = members.filter((member) => typeof member === 'number');
  return numbers.length === members.length && numbers.length > 0 ? `${numberType(numbers)}[]` : 'VARCHAR[]';
}

const mostDigits = 38;

function numberType(numbers: readonly number[]): string {
  const parts = numbers.map((number) => /^-?(\d+)(?:\.(\d+))?$/.exec(String(number)));
  if (parts.some((part) => part === null)) return 'DOUBLE';
  const places = Math.max(0, ...parts.map((part) => part?.[2]?.length ?? 0));
  const whole = Math.max(1, ...parts.map((part) => part?.[1]?.length ?? 0));
  if (places === 0) return numbers.every(Number.isSafeInteger) ? 'BIGINT' : 'DOUBLE';
  return whole + places <= mostDigits ? `DECIMAL(${Math.max(18, whole + places)},${places})` : 'DOUBLE';
}

function literal(cell: Cell): string {
  if (cell === null) return 'NULL';
  if (typeof cell === 'boolean') return String(cell);
  if (Array.isArray(cell)) return `[${cell.map((member) => quoteText(String(member))).join(', ')}]`;
  return quoteText(String(cell));
}
