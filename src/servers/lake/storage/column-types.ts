import { LakeFailure } from '../lake-failure.ts';

const aliases: Readonly<Record<string, string>> = {
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

const plainTypes = new Set([
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
]);

/**
 * The type in its one spelling: `decimal(10, 2)` -> `DECIMAL(10,2)`.
 * @throws LakeFailure when the lake has no such type.
 */
export function normalizeType(type: string): string {
  const spelled = type.trim().toUpperCase().replaceAll(/\s+/g, '');
  if (spelled.endsWith('[]')) return `${normalizeType(spelled.slice(0, -2))}[]`;
  const withoutLength = spelled.replace(/^(VARCHAR|CHAR|STRING|TEXT)\(\d+\)$/, 'VARCHAR');
  const known = aliases[withoutLength] ?? withoutLength;
  if (plainTypes.has(known)) return known;
  return normalizeDecimal(known) ?? refuseType(type);
}

export function decimalParts(type: string): { precision: number; scale: number } | undefined {
  const match = /^DECIMAL\((\d+),(\d+)\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

function normalizeDecimal(type: string): string | undefined {
  const parts = decimalParts(
    type.replace(/^NUMERIC\(/, 'DECIMAL(').replace(/^DECIMAL\((\d+)\)$/, 'DECIMAL($1,0)'),
  );
  if (!parts || parts.precision < 1 || parts.precision > 38 || parts.scale > parts.precision)
    return undefined;
  return `DECIMAL(${parts.precision},${parts.scale})`;
}

function refuseType(type: string): never {
  throw new LakeFailure(
    `"${type}" is no column type of the lake.`,
    `use one of ${[...plainTypes].join(', ')}, DECIMAL(precision,scale), or one of them followed by [].`,
  );
}
