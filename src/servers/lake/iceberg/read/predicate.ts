import { IcebergError } from '../iceberg-error.ts';
import { quoteText } from '../quote.ts';
import { duckdbType } from '../schema/duckdb-type.ts';
import { type ColumnPath, findColumn } from '../schema/find-field.ts';
import { primitiveParts } from '../schema/primitive-type.ts';
import type { Schema } from '../schema/types.ts';
import { parseValue } from '../values/parse-value.ts';
import type { Value } from '../values/value.ts';
import { pathSql } from '../write/select-columns.ts';

/** A value as a person writes it: dates and times as texts, decimals as text or number, binary as hex digits. */
export type Literal = string | number | bigint | boolean;

/** Which rows are wanted. A comparison with null is not true, as in SQL. */
export type Predicate =
  | { readonly and: readonly Predicate[] }
  | { readonly or: readonly Predicate[] }
  | { readonly not: Predicate }
  | { readonly column: ColumnPath; readonly is: Comparison; readonly value: Literal }
  | { readonly column: ColumnPath; readonly is: 'in' | 'not in'; readonly values: readonly Literal[] }
  | { readonly column: ColumnPath; readonly is: 'null' | 'not null' };

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A comparison of one column, with its values in the format's own measure. */
export interface Test {
  readonly fieldId: number;
  readonly type: string;
  readonly path: readonly string[];
  readonly is: Comparison | 'in' | 'not in' | 'null' | 'not null';
  readonly values: readonly Value[];
  readonly literals: readonly Literal[];
}

/** A predicate without `not`, its columns found. */
export type BoundPredicate =
  | { readonly all: readonly BoundPredicate[] }
  | { readonly any: readonly BoundPredicate[] }
  | Test;

/** @throws IcebergError NOT_FOUND for an unknown column, INVALID for a value that its type cannot have. */
export function bindPredicate(predicate: Predicate, schema: Schema, isNegated = false): BoundPredicate {
  if ('not' in predicate) return bindPredicate(predicate.not, schema, !isNegated);
  if ('and' in predicate || 'or' in predicate) {
    const [isAll, parts] = 'and' in predicate ? [true, predicate.and] : [false, predicate.or];
    const bound = parts.map((part) => bindPredicate(part, schema, isNegated));
    return isAll === isNegated ? { any: bound } : { all: bound };
  }
  return bindTest(predicate, { schema, isNegated });
}

/** The predicate as SQL over the table's columns. */
export function predicateSql(predicate: BoundPredicate): string {
  if ('all' in predicate) return joined(predicate.all, { word: ' AND ', empty: 'true' });
  if ('any' in predicate) return joined(predicate.any, { word: ' OR ', empty: 'false' });
  const column = pathSql(predicate.path);
  if (predicate.is === 'null') return `${column} IS NULL`;
  if (predicate.is === 'not null') return `${column} IS NOT NULL`;
  const values = predicate.literals.map((literal) => literalSql(predicate.type, literal));
  if (predicate.is === 'in') return values.length === 0 ? 'false' : `${column} IN (${values.join(', ')})`;
  if (predicate.is === 'not in') {
    return values.length === 0 ? `${column} IS NOT NULL` : `${column} NOT IN (${values.join(', ')})`;
  }
  return `${column} ${predicate.is} ${values[0] ?? 'NULL'}`;
}

const opposites = {
  '=': '!=',
  '!=': '=',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  in: 'not in',
  'not in': 'in',
  null: 'not null',
  'not null': 'null',
} as const;

function bindTest(
  test: Extract<Predicate, { column: ColumnPath }>,
  { schema, isNegated }: { schema: Schema; isNegated: boolean },
): Test {
  const { field, path } = findColumn(schema, test.column);
  if (typeof field.type !== 'string') {
    throw new IcebergError('INVALID', `"${path.join('.')}" is a ${field.type.type}: it cannot be compared.`);
  }
  const type = field.type;
  const literals = 'values' in test ? test.values : 'value' in test ? [test.value] : [];
  const values = literals.map((literal) => parseValue(type, String(literal)));
  return { fieldId: field.id, type, path, is: isNegated ? opposites[test.is] : test.is, values, literals };
}

function joined(parts: readonly BoundPredicate[], { word, empty }: { word: string; empty: string }): string {
  return parts.length === 0 ? empty : `(${parts.map(predicateSql).join(word)})`;
}

function literalSql(type: string, literal: Literal): string {
  const text = quoteText(String(literal));
  return primitiveParts(type).kind === 'binary' ? `unhex(${text})` : `CAST(${text} AS ${duckdbType(type)})`;
}
