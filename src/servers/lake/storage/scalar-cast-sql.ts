import { decimalParts } from '../../../metadata/lake/lake-type.ts';
import { quoteText } from './quote-sql.ts';
import type { CastRules } from './table-store.ts';

/** The columns of one step of a load, by the names of `load-sql.ts`: what they are made from and become. */
export interface CellNames {
  /** The text, through `cleanText`. */
  readonly text: string;
  /** What `spelling` made of it. */
  readonly spelled: string;
  /** What `value` made of that. */
  readonly value: string;
}

/**
 * SQL for one column of a load, in three steps, so that no pattern is matched twice: the text in the one spelling that
 * is cast, the typed value (NULL when it is none), and the reason why it is none.
 *
 * DuckDB's own casts are too kind for data that must reconcile: '1.5' becomes the INTEGER 2, '12.345' the
 * DECIMAL(10,2) 12.35, and '2024-01-05T10:00:00+02:00' the TIMESTAMP 10:00. Here each of them is a fault or is right.
 */
export interface CastSql {
  readonly spelling: string;
  readonly value: string;
  /** Asked only where there is a text and no value. */
  readonly fault: string;
}

/** An empty text, and each of the agreed null values, is NULL. Text columns keep their blanks. */
export function cleanText(name: string, { type, rules }: { type: string; rules: CastRules }): string {
  const trimmed = `trim(${name}, ' \t\u00a0')`;
  const nulls = ['', ...rules.nullValues].map(quoteText).join(', ');
  return `CASE WHEN ${trimmed} NOT IN (${nulls}) THEN ${type === 'VARCHAR' ? name : trimmed} END`;
}

export function scalarCast(names: CellNames, { type, rules }: { type: string; rules: CastRules }): CastSql {
  const { text, spelled } = names;
  const decimal = decimalParts(type);
  if (decimal) return decimalCast(names, { type, scale: decimal.scale, rules });
  switch (type) {
    case 'VARCHAR':
      return { spelling: 'NULL', value: text, fault: 'NULL' };
    case 'BOOLEAN':
      return { spelling: `lower(${text})`, value: booleanValue(spelled), fault: "'invalid_boolean'" };
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return integerCast(names, { type, rules });
    case 'DOUBLE':
      return { spelling: numberText(text, rules), value: finiteDouble(spelled), fault: "'invalid_number'" };
    case 'DATE':
      return { spelling: 'NULL', value: dateValue(text, rules), fault: "'invalid_date'" };
    case 'TIMESTAMP':
      return timestampCast(text, rules);
    case 'TIME':
      return timeCast(text);
    default:
      return otherCast(text, type);
  }
}

function otherCast(text: string, type: string): CastSql {
  return {
    spelling: 'NULL',
    value: `TRY_CAST(${text} AS ${type})`,
    fault: `'invalid_${type.toLowerCase()}'`,
  };
}

function booleanValue(lower: string): string {
  return `CASE WHEN ${lower} IN ('true','t','yes','y','1') THEN true WHEN ${lower} IN ('false','f','no','n','0') THEN false END`;
}

const plainNumber = '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,3})?$';
const commaNumber = '^[+-]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+)?(,[0-9]*)?$';
const pointNumber = '^[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)?([.][0-9]*)?$';

/** The text with a decimal point and no grouping, or NULL when it is not a number of the agreed spelling. */
function numberText(name: string, { decimalSeparator }: CastRules): string {
  const hasDigit = `regexp_matches(${name}, '[0-9]')`;
  if (decimalSeparator === ',') {
    return `CASE WHEN ${hasDigit} AND regexp_matches(${name}, '${commaNumber}') THEN replace(replace(${name}, '.', ''), ',', '.') END`;
  }
  const grouped = `WHEN ${hasDigit} AND regexp_matches(${name}, '${pointNumber}') THEN replace(${name}, ',', '')`;
  const plain = `CASE WHEN regexp_matches(${name}, '${plainNumber}') THEN ${name}`;
  return `${plain} ${decimalSeparator === '.' ? grouped : ''} END`;
}

function integerCast(
  { text, spelled }: CellNames,
  { type, rules }: { type: string; rules: CastRules },
): CastSql {
  const whole = `regexp_matches(${spelled}, '^[+-]?[0-9]+([.]0*)?$')`;
  return {
    spelling: numberText(text, rules),
    value: `CASE WHEN ${whole} THEN TRY_CAST(split_part(${spelled}, '.', 1) AS ${type}) END`,
    fault: `CASE WHEN ${spelled} IS NULL THEN 'invalid_integer' WHEN ${whole} THEN 'out_of_range' ELSE 'not_an_integer' END`,
  };
}

function decimalCast(
  { text, spelled }: CellNames,
  { type, scale, rules }: { type: string; scale: number; rules: CastRules },
): CastSql {
  const fits = `regexp_matches(${spelled}, '^[+-]?[0-9]*([.][0-9]{0,${scale}}0*)?$')`;
  return {
    spelling: numberText(text, rules),
    value: `CASE WHEN ${fits} THEN TRY_CAST(${spelled} AS ${type}) END`,
    fault: `CASE WHEN ${spelled} IS NULL THEN 'invalid_decimal' WHEN ${fits} THEN 'out_of_range' ELSE 'precision_loss' END`,
  };
}

function finiteDouble(spelled: string): string {
  return `CASE WHEN isfinite(TRY_CAST(${spelled} AS DOUBLE)) THEN TRY_CAST(${spelled} AS DOUBLE) END`;
}

/** A day, or an instant at midnight: any other time of day would be lost. */
function dateValue(text: string, { dateFormats }: CastRules): string {
  if (dateFormats.length > 0) {
    const parsed = parsedBy(text, dateFormats);
    return `CASE WHEN ${parsed} = date_trunc('day', ${parsed}) THEN TRY_CAST(${parsed} AS DATE) END`;
  }
  const isDay = `regexp_matches(${text}, '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([T ]00:00(:00([.]0+)?)?Z?)?$')`;
  return `CASE WHEN ${isDay} THEN TRY_CAST(substr(${text}, 1, 10) AS DATE) END`;
}

/** Digits behind the sixth of a second; zeros there say nothing. */
const beyondMicroseconds = ':[0-9]{2}[.][0-9]{6}[0-9]*[1-9]';

function timestampCast(text: string, rules: CastRules): CastSql {
  const isTooFine = `regexp_matches(${text}, '${beyondMicroseconds}')`;
  return {
    spelling: 'NULL',
    value: `CASE WHEN NOT ${isTooFine} THEN ${timestampValue(text, rules)} END`,
    fault: `CASE WHEN ${isTooFine} THEN 'precision_loss' ELSE 'invalid_timestamp' END`,
  };
}

/** A time of day alone: DuckDB's cast drops a date before it and an offset behind it. */
function timeCast(text: string): CastSql {
  const isTime = `regexp_matches(${text}, '^([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]*)?)?$')`;
  const isTooFine = `regexp_matches(${text}, '${beyondMicroseconds}')`;
  return {
    spelling: 'NULL',
    value: `CASE WHEN ${isTime} AND NOT ${isTooFine} THEN TRY_CAST(${text} AS TIME) END`,
    fault: `CASE WHEN ${isTime} AND ${isTooFine} THEN 'precision_loss' ELSE 'invalid_time' END`,
  };
}

function timestampValue(text: string, { dateFormats }: CastRules): string {
  if (dateFormats.length > 0) {
    const parsed = parsedBy(text, dateFormats);
    const hasNanoseconds = dateFormats.some((format) => format.includes('%n'));
    return hasNanoseconds ? `CASE WHEN epoch_ns(${parsed}) % 1000 = 0 THEN ${parsed} END` : parsed;
  }
  const startsLikeOne = `regexp_matches(${text}, '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([T ]|$)')`;
  const hasOffset = `regexp_matches(${text}, ':[0-9.]+ ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$')`;
  return `CASE WHEN NOT ${startsLikeOne} THEN NULL WHEN ${hasOffset} THEN TRY_CAST(TRY_CAST(${text} AS TIMESTAMPTZ) AS TIMESTAMP) ELSE TRY_CAST(${text} AS TIMESTAMP) END`;
}

function parsedBy(text: string, formats: readonly string[]): string {
  return `try_strptime(${text}, [${formats.map(quoteText).join(', ')}])`;
}
