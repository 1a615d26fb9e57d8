import { decimalParts } from '../../../metadata/lake/lake-type.ts';
import type { CastRules } from './table-store.ts';

/** DuckDB's own cast, and the proof that it did no more than read what is written. */
export interface QuickCast {
  readonly value: string;
  /** Of the value that `value` gave. */
  readonly isProved: string;
}

/**
 * Most values are written as DuckDB itself writes them: what a cast prints as it was read has been neither rounded nor cut.
 * That is much cheaper to see than the patterns of `castSql`, to which all other spellings are left.
 * Undefined where a text that prints the same can still mean something else under the rules.
 */
export function quickCast(
  { text, tried }: { text: string; tried: string },
  { type, rules }: { type: string; rules: CastRules },
): QuickCast | undefined {
  const value = `TRY_CAST(${text} AS ${type})`;
  const printsTheSame = `${tried}::VARCHAR = ${text}`;
  const hasOwnDates = rules.dateFormats.length > 0;
  const hasComma = rules.decimalSeparator === ',';
  if (decimalParts(type)) return hasComma ? undefined : { value, isProved: printsTheSame };
  switch (type) {
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return { value, isProved: printsTheSame };
    case 'DOUBLE':
      return hasComma ? undefined : { value, isProved: `isfinite(${tried}) AND ${printsTheSame}` };
    case 'DATE':
      return hasOwnDates
        ? undefined
        : { value, isProved: `${inCommonYears(tried, type)} AND ${printsTheSame}` };
    case 'TIMESTAMP':
      return hasOwnDates
        ? undefined
        : { value, isProved: `${inCommonYears(tried, type)} AND ${printsTheSame}` };
    default:
      return undefined;
  }
}

/** Without `infinity`, years before Christ, and those of five digits. */
function inCommonYears(tried: string, type: string): string {
  return `${tried} >= ${type} '0001-01-01' AND ${tried} < ${type} '9999-12-31'`;
}
