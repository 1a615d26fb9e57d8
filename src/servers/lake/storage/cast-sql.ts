import { decimalParts } from './column-types.ts';
import { quoteText } from './quote-sql.ts';
import type { CastRules, TableColumn } from './table-store.ts';

/**
 * SQL for one column of a load: `value` is the typed value (or NULL), `fault` the reason why the text is not one
 * (or NULL). Both take the name of a VARCHAR column that has been through `cleanText`.
 *
 * DuckDB's own casts are too kind for data that must reconcile: '1.5' becomes the INTEGER 2, '12.345' the
 * DECIMAL(10,2) 12.35, and '2024-01-05T10:00:00+02:00' the TIMESTAMP 10:00. Here each of them is a fault or is right.
 */
export interface CastSql {
  readonly value: string;
  readonly fault: string;
}

/** An empty text, and each of the agreed null values, is NULL. Text columns keep their blanks. */
export function cleanText(name: string, { type, rules }: { type: string; rules: CastRules }): string {
  const text = type === 'VARCHAR' ? name : `trim(${name}, ' \t\u00a0')`;
  const nulls = ['', ...rules.nullValues].map(quoteText).join(', ');
  return `CASE WHEN trim(${name}, ' \t\u00a0') IN (${nulls}) THEN NULL ELSE ${text} END`;
}

export function castSql(name: string, { column, rules }: { column: TableColumn; rules: CastRules }): CastSql {
  const cast = castOf(name, column.type, rules);
  const faulty = column.nullable ? 'NULL' : "'not_null'";
  return { value: cast.value, fault: `CASE WHEN ${name} IS NULL THEN ${faulty} ELSE ${cast.fault} END` };
}

function castOf(name: string, type: string, rules: CastRules): CastSql {
  if (type === 'VARCHAR') return { value: name, fault: 'NULL' };
  if (type === 'BOOLEAN') return booleanCast(name);
  if (type === 'SMALLINT' || type === 'INTEGER' || type === 'BIGINT') return integerCast(name, type, rules);
  if (type === 'DOUBLE') return doubleCast(name, rules);
  if (type === 'DATE') return dateCast(name, rules);
  if (type === 'TIMESTAMP') return timestampCast(name, rules);
  const decimal = decimalParts(type);
  if (decimal) return decimalCast(name, { type, scale: decimal.scale, rules });
  return plainCast(name, type);
}

function plainCast(name: string, type: string): CastSql {
  const value = type.endsWith('[]')
    ? `TRY_CAST(TRY_CAST(CASE WHEN starts_with(${name}, '[') THEN ${name} ELSE to_json([${name}])::VARCHAR END AS JSON) AS ${type})`
    : `TRY_CAST(${name} AS ${type})`;
  return { value, fault: faultUnless(value, `invalid_${type.replace('[]', '_list').toLowerCase()}`) };
}

function faultUnless(value: string, reason: string): string {
  return `CASE WHEN (${value}) IS NULL THEN '${reason}' END`;
}

function booleanCast(name: string): CastSql {
  const value = `CASE WHEN lower(${name}) IN ('true','t','yes','y','1') THEN true WHEN lower(${name}) IN ('false','f','no','n','0') THEN false END`;
  return { value, fault: faultUnless(value, 'invalid_boolean') };
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

function integerCast(name: string, type: string, rules: CastRules): CastSql {
  const text = numberText(name, rules);
  const whole = `regexp_matches(${text}, '^[+-]?[0-9]+([.]0*)?$')`;
  const value = `CASE WHEN ${whole} THEN TRY_CAST(regexp_replace(${text}, '[.]0*$', '') AS ${type}) END`;
  const fault = `CASE WHEN (${value}) IS NOT NULL THEN NULL WHEN (${text}) IS NULL THEN 'invalid_integer' WHEN ${whole} THEN 'out_of_range' ELSE 'not_an_integer' END`;
  return { value, fault };
}

function decimalCast(
  name: string,
  { type, scale, rules }: { type: string; scale: number; rules: CastRules },
): CastSql {
  const text = numberText(name, rules);
  const fits = `regexp_matches(${text}, '^[+-]?[0-9]*([.][0-9]{0,${scale}}0*)?$')`;
  const value = `CASE WHEN ${fits} THEN TRY_CAST(${text} AS ${type}) END`;
  const fault = `CASE WHEN (${value}) IS NOT NULL THEN NULL WHEN (${text}) IS NULL THEN 'invalid_decimal' WHEN ${fits} THEN 'out_of_range' ELSE 'precision_loss' END`;
  return { value, fault };
}

function doubleCast(name: string, rules: CastRules): CastSql {
  const cast = `TRY_CAST(${numberText(name, rules)} AS DOUBLE)`;
  const value = `CASE WHEN isfinite(${cast}) THEN ${cast} END`;
  return { value, fault: faultUnless(value, 'invalid_number') };
}

/** A day, or an instant at midnight: any other time of day would be lost. */
function dateCast(name: string, { dateFormats }: CastRules): CastSql {
  const isDay = `regexp_matches(${name}, '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([T ]00:00(:00([.]0+)?)?Z?)?$')`;
  const value =
    dateFormats.length > 0
      ? `TRY_CAST(${parsedBy(name, dateFormats)} AS DATE)`
      : `CASE WHEN ${isDay} THEN TRY_CAST(substr(${name}, 1, 10) AS DATE) END`;
  return { value, fault: faultUnless(value, 'invalid_date') };
}

function timestampCast(name: string, { dateFormats }: CastRules): CastSql {
  const startsLikeOne = `regexp_matches(${name}, '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([T ]|$)')`;
  const hasOffset = `regexp_matches(${name}, ':[0-9.]+ ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$')`;
  const read = `CASE WHEN ${hasOffset} THEN TRY_CAST(TRY_CAST(${name} AS TIMESTAMPTZ) AS TIMESTAMP) ELSE TRY_CAST(${name} AS TIMESTAMP) END`;
  const value =
    dateFormats.length > 0 ? parsedBy(name, dateFormats) : `CASE WHEN ${startsLikeOne} THEN ${read} END`;
  return { value, fault: faultUnless(value, 'invalid_timestamp') };
}

function parsedBy(name: string, formats: readonly string[]): string {
  return `try_strptime(${name}, [${formats.map(quoteText).join(', ')}])`;
}
