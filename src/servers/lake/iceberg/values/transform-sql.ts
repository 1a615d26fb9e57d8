import { type PrimitiveKind, primitiveParts } from '../schema/primitive-type.ts';
import { murmur3OfHexSql, murmur3OfLongSql } from './murmur3-sql.ts';
import type { Transform } from './transform.ts';
import { isMicros } from './value.ts';

/**
 * SQL that gives the partition's value of a column as a text that `parseKey` reads: numbers in the format's own measure,
 * so that neither the session's time zone nor a notation can bend them.
 */
export function partitionKeySql(transform: Transform, source: { sql: string; type: string }): string {
  const { kind } = primitiveParts(source.type);
  if (transform.kind === 'void') return 'NULL::VARCHAR';
  if (transform.kind === 'identity') return rawTextSql(kind, source.sql);
  if (transform.kind === 'bucket') return `(${hashSql(kind, source.sql)} % ${transform.width})::VARCHAR`;
  if (transform.kind === 'truncate') return truncateSql(kind, { sql: source.sql, width: transform.width });
  return `(${periodSql(transform.kind, { kind, sql: source.sql })})::VARCHAR`;
}

function rawTextSql(kind: PrimitiveKind, sql: string): string {
  if (kind === 'binary' || kind === 'fixed') return `hex(${sql})`;
  if (kind === 'date' || kind === 'decimal' || isMicros(kind)) return `(${numberSql(kind, sql)})::VARCHAR`;
  return `(${sql})::VARCHAR`;
}

/** Of a type whose values are whole numbers underneath. */
function numberSql(kind: PrimitiveKind, sql: string): string {
  if (kind === 'date') return `date_diff('day', DATE '1970-01-01', ${sql})`;
  if (kind === 'decimal') return `replace((${sql})::VARCHAR, '.', '')::HUGEINT`;
  return isMicros(kind) ? `epoch_us(${sql})` : `(${sql})`;
}

function hashSql(kind: PrimitiveKind, sql: string): string {
  if (kind === 'decimal') return murmur3OfHexSql(`(${decimalHexSql(numberSql(kind, sql))})`);
  if (kind === 'string') return murmur3OfHexSql(`hex(encode(${sql}))`);
  if (kind === 'uuid') return murmur3OfHexSql(`replace((${sql})::VARCHAR, '-', '')`);
  if (kind === 'binary' || kind === 'fixed') return murmur3OfHexSql(`hex(${sql})`);
  return murmur3OfLongSql(`(${numberSql(kind, sql)})::BIGINT`);
}

/** Two's complement in as few bytes as hold the sign, as hex digits. */
function decimalHexSql(unscaled: string): string {
  const ones = '340282366920938463463374607431768211455::UHUGEINT';
  const all = `CASE WHEN u < 0 THEN hex(${ones} - (-(u + 1))::UHUGEINT) ELSE lpad(hex(u::UHUGEINT), 32, '0') END`;
  const isOutside = `lambda i: u >= (1::HUGEINT << (8 * i - 1)) OR u < -(1::HUGEINT << (8 * i - 1))`;
  const bytes = `1 + length(list_filter(range(1, 16), ${isOutside}))`;
  return `list_transform([${unscaled}], lambda u: right(${all}, 2 * (${bytes})))[1]`;
}

function truncateSql(kind: PrimitiveKind, { sql, width }: { sql: string; width: number }): string {
  if (kind === 'string') return `substr(${sql}, 1, ${width})`;
  if (kind === 'binary') return `substr(hex(${sql}), 1, ${2 * width})`;
  const number = `(${numberSql(kind, sql)})::HUGEINT`;
  return `(${number} - (((${number} % ${width}) + ${width}) % ${width}))::VARCHAR`;
}

function periodSql(period: Transform['kind'], { kind, sql }: { kind: PrimitiveKind; sql: string }): string {
  if (period === 'hour') return floorDivideSql(`epoch_us(${sql})`, 3_600_000_000);
  const days = kind === 'date' ? numberSql(kind, sql) : floorDivideSql(`epoch_us(${sql})`, 86_400_000_000);
  if (period === 'day') return days;
  const date = `(DATE '1970-01-01' + (${days})::INTEGER)`;
  const years = `year(${date}) - 1970`;
  return period === 'year' ? years : `(${years}) * 12 + month(${date}) - 1`;
}

function floorDivideSql(number: string, by: number): string {
  return `((${number}) - (((${number}) % ${by}) + ${by}) % ${by}) // ${by}`;
}
