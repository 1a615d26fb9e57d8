import { nearest } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { quoteName, quoteText } from '../storage/quote-sql.ts';
import type { Candidate } from './candidate.ts';
import { columnsNamedBy, metricOf, type QualityRule } from './rule.ts';

/** A rule that counts bad rows. */
export interface RowRule {
  /**
   * True for a bad row, never NULL. It may hold a window function, so it can only stand in a SELECT list.
   * Of equal keys, all but the first are bad: three equal rows are two duplicates.
   */
  readonly isBad: string;
  /** Quoted names of what a sample of bad rows shows. */
  readonly shown: readonly string[];
  /** Quoted names that are unique together: counting groups is three times as fast as numbering rows. */
  readonly unique?: readonly string[];
}

export type CompiledRule =
  | ({ readonly kind: 'rows' } & RowRule)
  | { readonly kind: 'row count' }
  | { readonly kind: 'query'; readonly query: string };

/** @throws LakeFailure when the rule says nothing that can be checked, names an unknown column, or lacks an argument. */
export function compileRule(rule: QualityRule, candidate: Candidate): CompiledRule {
  if (rule.query !== undefined) return { kind: 'query', query: rule.query };
  const metric = metricOf(rule);
  if (metric === undefined) throw nothingToCheck(rule);
  if (metric === 'rowCount') return { kind: 'row count' };
  const columns = columnsOf(rule, candidate);
  const shown = [...new Set([...candidate.key, ...columns])].map(quoteName);
  if (metric === 'duplicateValues') {
    return { kind: 'rows', isBad: isDuplicate(columns, candidate), shown, unique: columns.map(quoteName) };
  }
  const name = quoteName(onlyColumn(columns));
  if (metric === 'nullValues') return { kind: 'rows', isBad: `${name} IS NULL`, shown };
  const isBad = metric === 'missingValues' ? isMissing(rule, name) : isInvalid(rule, name);
  return { kind: 'rows', isBad, shown };
}

function nothingToCheck({ type }: QualityRule): LakeFailure {
  if (type === 'text' || type === 'custom') {
    return new LakeFailure(
      `A rule of type ${type} cannot be checked by the lake.`,
      'leave it out here, or write it as a metric or a query.',
    );
  }
  return new LakeFailure(
    'The rule has neither metric nor query.',
    'give metric: nullValues, missingValues, invalidValues, duplicateValues or rowCount; or a query.',
  );
}

/** Rows with a null are no duplicates of each other. */
function isDuplicate(columns: readonly string[], { order }: Candidate): string {
  const names = columns.map(quoteName);
  const filled = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
  const place = `row_number() OVER (PARTITION BY ${names.join(', ')} ORDER BY ${order ?? names.join(', ')})`;
  return `(${filled} AND ${place} > 1)`;
}

function isMissing({ arguments: given }: QualityRule, name: string): string {
  const missing = given?.missingValues ?? [''];
  const texts = missing.filter((value) => value !== null).map((value) => quoteText(String(value)));
  const isText = texts.length > 0 ? ` OR trim(${name}::VARCHAR) IN (${texts.join(', ')})` : '';
  return `(${name} IS NULL${isText})`;
}

/** NULL is not invalid: whether a value must be there is another rule's matter. */
function isInvalid(rule: QualityRule, name: string): string {
  return `(${name} IS NOT NULL AND NOT coalesce(${validityOf(rule, name)}, false))`;
}

function validityOf({ arguments: given = {} }: QualityRule, name: string): string {
  const parts: string[] = [];
  if (given.validValues) parts.push(`${name}::VARCHAR IN (${listOf(given.validValues)})`);
  // A full match needs no anchors and minds none: taking them off would break a pattern that ends in an escaped one.
  if (given.pattern !== undefined)
    parts.push(`regexp_full_match(${name}::VARCHAR, ${quoteText(given.pattern)})`);
  if (given.min !== undefined) parts.push(limitSql(name, { sign: '>=', limit: given.min }));
  if (given.max !== undefined) parts.push(limitSql(name, { sign: '<=', limit: given.max }));
  if (parts.length > 0) return `(${parts.join(' AND ')})`;
  throw new LakeFailure(
    'invalidValues needs to know what is valid.',
    'give arguments.validValues, pattern, min or max.',
  );
}

/** Whole numbers and decimals by all their digits: as doubles 9007199254740993 and 9007199254740992 are the same. */
function limitSql(name: string, { sign, limit }: { sign: '>=' | '<='; limit: number }): string {
  const whole = BigInt(sign === '>=' ? Math.ceil(limit) : Math.floor(limit));
  const by = (type: string, text: string): string =>
    `TRY_CAST(${name} AS ${type}) ${sign} TRY_CAST('${text}' AS ${type})`;
  return `coalesce(CASE WHEN typeof(${name}) LIKE '%INT%' THEN ${by('HUGEINT', String(whole))}
  WHEN typeof(${name}) = 'VARCHAR' OR typeof(${name}) LIKE 'DECIMAL%' THEN ${by('DECIMAL(38,19)', String(limit))} END, ${by('DOUBLE', String(limit))})`;
}

function listOf(values: readonly (string | number | boolean)[]): string {
  return values.map((value) => quoteText(String(value))).join(', ') || 'NULL';
}

function onlyColumn(columns: readonly string[]): string {
  const [column, ...more] = columns;
  if (column !== undefined && more.length === 0) return column;
  throw new LakeFailure('The rule takes exactly one column.', 'give "column"; write a rule per column.');
}

function columnsOf(rule: QualityRule, { table, columns: held }: Candidate): readonly string[] {
  const columns = columnsNamedBy(rule);
  const known = held.map(({ name }) => name);
  if (columns.length === 0)
    throw new LakeFailure('The rule names no column.', `give "column": one of ${known.join(', ')}.`);
  const unknown = columns.find((name) => !known.includes(name));
  if (unknown === undefined) return columns;
  const near = nearest(unknown, known)[0];
  throw new LakeFailure(
    `${table} has no column "${unknown}".`,
    near ? `did you mean "${near}"?` : `it has ${known.join(', ')}.`,
  );
}
