import { type DuckDBStructType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import type { DraftField, DraftType, IcebergType } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';

const plainTypes: Readonly<Record<string, string>> = {
  VARCHAR: 'string',
  JSON: 'string',
  BOOLEAN: 'boolean',
  SMALLINT: 'int',
  INTEGER: 'int',
  BIGINT: 'long',
  FLOAT: 'float',
  DOUBLE: 'double',
  DATE: 'date',
  TIME: 'time',
  TIMESTAMP: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
  UUID: 'uuid',
  BLOB: 'binary',
};

/** A type of the lake (`metadata/lake/lake-type.ts`) as the tables keep it; undefined when it is none of theirs. */
export function icebergTypeOf(type: string): DraftType | undefined {
  if (type.endsWith('[]')) {
    const element = icebergTypeOf(type.slice(0, -2));
    return element === undefined ? undefined : { type: 'list', element };
  }
  return /^DECIMAL\(\d+,\d+\)$/.test(type) ? type.toLowerCase() : plainTypes[type];
}

const lakeTypes: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(plainTypes).map(([lake, iceberg]) => [iceberg, lake])),
  string: 'VARCHAR',
  int: 'INTEGER',
};

/** A type of a table as the lake says it, and as DuckDB casts to it. */
export function lakeTypeOf(type: IcebergType): string {
  if (typeof type === 'string') return lakeTypes[type] ?? otherPrimitive(type);
  if (type.type === 'list') return `${lakeTypeOf(type.element)}[]`;
  if (type.type === 'map') return `MAP(${lakeTypeOf(type.key)}, ${lakeTypeOf(type.value)})`;
  const fields = type.fields.map(
    ({ name, type: inner }) => `"${name.replaceAll('"', '""')}" ${lakeTypeOf(inner)}`,
  );
  return `STRUCT(${fields.join(', ')})`;
}

function otherPrimitive(type: string): string {
  return type.startsWith('fixed') ? 'BLOB' : type.toUpperCase();
}

/** Types of results that a table keeps in a wider one. */
const widened: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.TINYINT]: 'int',
  [DuckDBTypeId.UTINYINT]: 'int',
  [DuckDBTypeId.USMALLINT]: 'int',
  [DuckDBTypeId.UINTEGER]: 'long',
  [DuckDBTypeId.UBIGINT]: 'decimal(20,0)',
  // Sums of whole numbers. What has more than 38 digits fails its cast.
  [DuckDBTypeId.HUGEINT]: 'decimal(38,0)',
  [DuckDBTypeId.UHUGEINT]: 'decimal(38,0)',
  [DuckDBTypeId.TIMESTAMP_S]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_MS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_NS]: 'timestamp',
  [DuckDBTypeId.ENUM]: 'string',
  [DuckDBTypeId.SQLNULL]: 'string',
};

/**
 * The type in which a table keeps a column of a result.
 * @throws LakeFailure for a type that no table can keep.
 */
export function draftOfResult(type: DuckDBType, column: string): DraftType {
  const nested = nestedDraft(type, column);
  const draft = nested ?? widened[type.typeId] ?? icebergTypeOf(String(type));
  if (draft !== undefined) return draft;
  throw new LakeFailure(
    `"${column}" is of the type ${String(type)}, which a table cannot keep.`,
    `cast it in the SQL, e.g. CAST(${column} AS VARCHAR).`,
  );
}

function nestedDraft(type: DuckDBType, column: string): DraftType | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return { type: 'list', element: draftOfResult(type.valueType, column) };
    case DuckDBTypeId.MAP:
      return {
        type: 'map',
        key: draftOfResult(type.keyType, column),
        value: draftOfResult(type.valueType, column),
      };
    case DuckDBTypeId.STRUCT:
      return { type: 'struct', fields: structFields(type, column) };
    default:
      return undefined;
  }
}

function structFields({ entryNames, entryTypes }: DuckDBStructType, column: string): DraftField[] {
  return entryTypes.map((type, index) => {
    const name = entryNames[index] ?? '';
    return { name, type: draftOfResult(type, `${column}.${name}`) };
  });
}
