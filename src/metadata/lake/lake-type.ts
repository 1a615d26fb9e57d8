import { nearest } from '../../errors/index.ts';

/** The column types of the lake beside DECIMAL and lists: the one list, of contracts and of tables. */
export const lakeTypes = [
  'VARCHAR',
  'BOOLEAN',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'DOUBLE',
  'DATE',
  'TIMESTAMP',
  'TIME',
  'JSON',
] as const;

const otherSpellings: Readonly<Record<string, string>> = {
  TEXT: 'VARCHAR',
  STRING: 'VARCHAR',
  CHAR: 'VARCHAR',
  BOOL: 'BOOLEAN',
  INT: 'INTEGER',
  INT4: 'INTEGER',
  INT8: 'BIGINT',
  LONG: 'BIGINT',
  INT2: 'SMALLINT',
  FLOAT: 'DOUBLE',
  REAL: 'DOUBLE',
  FLOAT8: 'DOUBLE',
  NUMBER: 'DOUBLE',
  NUMERIC: 'DECIMAL(18,4)',
  DECIMAL: 'DECIMAL(18,4)',
  DATETIME: 'TIMESTAMP',
};
const mostDigits = 38;

/** The type in its one spelling, `decimal(10, 2)` -> `DECIMAL(10,2)`; undefined when the lake has no such type. */
export function lakeType(spelling: string): string | undefined {
  const spelled = spelling.trim().toUpperCase().replaceAll(/\s+/g, '');
  if (spelled.endsWith('[]')) {
    const inner = lakeType(spelled.slice(0, -2));
    return inner === undefined ? undefined : `${inner}[]`;
  }
  const withoutLength = spelled.replace(/^(VARCHAR|CHAR|STRING|TEXT)\(\d+\)$/, 'VARCHAR');
  const known = otherSpellings[withoutLength] ?? withoutLength;
  if (lakeTypes.some((type) => type === known)) return known;
  const parts = decimalParts(known);
  return parts && isDecimal(parts) ? `DECIMAL(${parts.precision},${parts.scale})` : undefined;
}

export interface DecimalParts {
  readonly precision: number;
  readonly scale: number;
}

/** Also of a decimal that is none, as DECIMAL(50,2). */
export function decimalParts(type: string): DecimalParts | undefined {
  const [, precision, scale = '0'] = /^(?:DECIMAL|NUMERIC)\((\d+)(?:,(\d+))?\)$/.exec(type) ?? [];
  return precision === undefined ? undefined : { precision: Number(precision), scale: Number(scale) };
}

const isDecimal = ({ precision, scale }: DecimalParts): boolean =>
  precision >= 1 && precision <= mostDigits && scale <= precision;

/** What to write in place of a type that the lake has not. */
export function typeHint(spelling: string): string {
  const spelled = spelling.trim().toUpperCase().replaceAll(/\s+/g, '');
  const parts = decimalParts(spelled);
  if (parts) {
    const { precision, scale } = parts;
    return precision > mostDigits
      ? `a DECIMAL has at most ${mostDigits} digits: write DECIMAL(${mostDigits},${Math.min(scale, mostDigits)}).`
      : `of DECIMAL(digits,places) the digits count all, places included: DECIMAL(${Math.max(precision, scale, 1)},${scale}) holds the most.`;
  }
  const [near] = nearest(spelled, [...lakeTypes, ...Object.keys(otherSpellings)]);
  const guess = near === undefined ? '' : `did you mean ${otherSpellings[near] ?? near}? `;
  return `${guess}The lake has ${lakeTypes.join(', ')}, DECIMAL(digits,places), and lists of them, as VARCHAR[].`;
}

/** The logical type of ODCS that says most about a type of the lake. */
export function logicalTypeOf(type: string): string {
  return logicalTypesOf(type)[0] ?? 'string';
}

/** All logical types that do not contradict a type of the lake, the closest first. */
export function logicalTypesOf(type: string): readonly string[] {
  if (type.endsWith('[]')) return ['array'];
  const decimal = decimalParts(type);
  if (decimal) return decimal.scale === 0 ? ['integer', 'number'] : ['number'];
  return logicalTypes[type] ?? [];
}

const logicalTypes: Readonly<Record<string, readonly string[]>> = {
  VARCHAR: ['string'],
  BOOLEAN: ['boolean'],
  SMALLINT: ['integer', 'number'],
  INTEGER: ['integer', 'number'],
  BIGINT: ['integer', 'number'],
  DOUBLE: ['number'],
  DATE: ['date'],
  TIMESTAMP: ['timestamp'],
  TIME: ['time'],
  JSON: ['object', 'array'],
};
