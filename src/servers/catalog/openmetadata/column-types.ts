import type { JsonObject } from '../../../domain/json.ts';
import type { ColumnEntity } from './entities.ts';

/** Types of the lake and what OpenMetadata calls them. What it has no name for keeps its own in `dataTypeDisplay`. */
const names: Readonly<Record<string, string>> = {
  INTEGER: 'INT',
  TIMESTAMPTZ: 'TIMESTAMPZ',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMPZ',
};
const known = new Set(
  'TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL TIMESTAMP TIMESTAMPZ TIME DATE VARCHAR BOOLEAN BLOB JSON UUID STRUCT MAP'.split(
    ' ',
  ),
);
/** OpenMetadata refuses text columns without a length; the lake's have none, so this is the longest that it takes. */
const noLength = 2_147_483_647;

/** `DECIMAL(12,2)` as OpenMetadata's columns say it. */
export function dataTypeOf(physicalType: string): JsonObject {
  const type = physicalType.trim().toUpperCase();
  const display = { dataTypeDisplay: physicalType };
  if (type.endsWith('[]')) return { dataType: 'ARRAY', ...elementType(type.slice(0, -2)), ...display };
  const [, name = type, first, second] = /^([A-Z ]+?)\s*(?:\((\d+)(?:\s*,\s*(\d+))?\))?$/.exec(type) ?? [];
  const dataType = names[name] ?? (known.has(name) ? name : 'UNKNOWN');
  if (dataType === 'VARCHAR') return { dataType, dataLength: Number(first ?? noLength), ...display };
  if (dataType === 'DECIMAL' && first !== undefined)
    return { dataType, precision: Number(first), scale: Number(second ?? 0), ...display };
  return { dataType, ...display };
}

function elementType(type: string): JsonObject {
  const { dataType } = dataTypeOf(type);
  return { arrayDataType: dataType === 'UNKNOWN' ? 'STRING' : dataType };
}

const ours: Readonly<Record<string, string>> = {
  INT: 'INTEGER',
  STRING: 'VARCHAR',
  TEXT: 'VARCHAR',
  CHAR: 'VARCHAR',
  NUMBER: 'DOUBLE',
  NUMERIC: 'DECIMAL',
  LONG: 'BIGINT',
  FLOAT: 'DOUBLE',
  DATETIME: 'TIMESTAMP',
  TIMESTAMPZ: 'TIMESTAMPTZ',
};

/** The lake's type of a column that somebody described in OpenMetadata. */
export function physicalTypeOf({ dataType, dataTypeDisplay, precision, scale }: ColumnEntity): string {
  const type = ours[dataType] ?? dataType;
  if (type === 'DECIMAL' && typeof precision === 'number')
    return `DECIMAL(${precision},${Number(scale ?? 0)})`;
  return type === 'UNKNOWN' || type === 'ARRAY' ? (dataTypeDisplay ?? 'VARCHAR').toUpperCase() : type;
}
