import type { Literal } from '../iceberg/index.ts';
import { isNode, type Node } from './syntax-tree.ts';
import { isDateText, isTimestampText } from './text-values.ts';
import { numberText } from './tree-json.ts';

/**
 * The literal that a column is compared with, where DuckDB surely compares in the column's own type: it is a value of
 * that type, exactly. Undefined for everything else, e.g. `price > 1.505` on a DECIMAL(8,2), `sku = 5` on a text.
 */
export function columnLiteral(expression: Node, columnType: string): Literal | undefined {
  const constant = constantOf(expression);
  if (!constant) return undefined;
  const type = columnType.toUpperCase();
  if (type.startsWith('DECIMAL(')) return decimalLiteral(constant, type);
  return readers[type]?.(constant);
}

interface Constant {
  /** Of the value as it is written: `INTEGER`, `VARCHAR`, `DECIMAL`, … */
  readonly type: string;
  /** What it is cast to in the SQL, e.g. by `DATE '2026-01-31'`. */
  readonly castTo: string | undefined;
  readonly text: string;
}

function constantOf(expression: Node): Constant | undefined {
  if (expression['class'] === 'CONSTANT') return plainConstant(expression);
  const child = expression['child'];
  if (expression['class'] !== 'CAST' || expression['try_cast'] === true || !isNode(child)) return undefined;
  const constant = child['class'] === 'CONSTANT' ? plainConstant(child) : undefined;
  const castTo = isNode(expression['cast_type']) ? String(expression['cast_type']['id']) : '';
  return constant?.type === 'VARCHAR' ? { ...constant, castTo } : undefined;
}

function plainConstant({ value }: Node): Constant | undefined {
  if (!isNode(value) || value['is_null'] !== false || !isNode(value['type'])) return undefined;
  const type = String(value['type']['id']);
  const text = valueText(value['value'], value['type']);
  // A text with a zero byte ends there for whoever is handed the SQL.
  return text === undefined || text.includes('\0') ? undefined : { type, castTo: undefined, text };
}

function valueText(value: unknown, type: Node): string | undefined {
  const digits = numberText(value);
  if (type['id'] !== 'DECIMAL') return typeof value === 'string' ? value : digits;
  const scale = isNode(type['type_info']) ? Number(type['type_info']['scale'] ?? 0) : Number.NaN;
  return digits === undefined ? undefined : decimalText(digits, scale);
}

/** `-155` with one digit behind the point is `-15.5`. */
function decimalText(unscaled: string, scale: number): string | undefined {
  const [, sign, digits] = /^(-?)(\d+)$/.exec(unscaled) ?? [];
  if (digits === undefined || !Number.isInteger(scale)) return undefined;
  if (scale === 0) return unscaled;
  const padded = digits.padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

const readers: Readonly<Record<string, (constant: Constant) => Literal | undefined>> = {
  VARCHAR: ({ type, castTo, text }) => (type === 'VARCHAR' && castTo === undefined ? text : undefined),
  SMALLINT: (constant) => wholeLiteral(constant, 15n),
  INTEGER: (constant) => wholeLiteral(constant, 31n),
  BIGINT: (constant) => wholeLiteral(constant, 63n),
  DOUBLE: doubleLiteral,
  BOOLEAN: ({ castTo, text }) => (castTo === 'BOOLEAN' && /^[tf]$/.test(text) ? text === 't' : undefined),
  DATE: ({ type, castTo, text }) =>
    type === 'VARCHAR' && (castTo ?? 'DATE') === 'DATE' && isDateText(text) ? text : undefined,
  TIMESTAMP: timestampLiteral,
};

function wholeLiteral({ type, text }: Constant, bits: bigint): Literal | undefined {
  if (!isWhole(type)) return undefined;
  const value = BigInt(text);
  return value >= -(2n ** bits) && value < 2n ** bits ? text : undefined;
}

function isWhole(type: string): boolean {
  return type === 'INTEGER' || type === 'BIGINT';
}

/** Numbers of up to 15 digits: DuckDB compares them as doubles, and a double holds them. */
function doubleLiteral({ type, text }: Constant): Literal | undefined {
  const isNumber = isWhole(type) || type === 'DECIMAL' || type === 'DOUBLE';
  const isShort = /^-?[\d.]+$/.test(text) && text.replace(/[-.]/g, '').length <= 15;
  return isNumber && isShort ? text : undefined;
}

function timestampLiteral({ type, castTo, text }: Constant): Literal | undefined {
  if (type !== 'VARCHAR') return undefined;
  if (castTo === 'DATE') return isDateText(text) ? text : undefined;
  return (castTo ?? 'TIMESTAMP') === 'TIMESTAMP' && isTimestampText(text) ? text : undefined;
}

function decimalLiteral({ type, text }: Constant, columnType: string): Literal | undefined {
  const [, precision, scale] = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(columnType) ?? [];
  if (!isWhole(type) && type !== 'DECIMAL') return undefined;
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const fits =
    fraction.length <= Number(scale) && whole.replace(/^0+/, '').length <= Number(precision) - Number(scale);
  return fits ? text : undefined;
}
