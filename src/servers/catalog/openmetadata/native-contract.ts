import type { JsonObject } from '../../../domain/json.ts';
import { physicalTypeOf } from './column-types.ts';
import type { ColumnEntity, ContractEntity, TableEntity } from './entities.ts';

/**
 * The contract that somebody made in OpenMetadata itself, as a document of ours: what its ODCS export says, with the table's own columns,
 * types and keys, which the export leaves out. Its version is OpenMetadata's: 0.3 is 0.3.0.
 */
export function nativeContract(
  exported: JsonObject,
  { contract, table }: { readonly contract: ContractEntity; readonly table: TableEntity },
): JsonObject {
  const { version: _version, schema, quality, customProperties: _custom, ...rest } = exported;
  const [object] = (Array.isArray(schema) ? schema : []) as readonly JsonObject[];
  const properties = (
    Array.isArray(object?.['properties']) ? object['properties'] : []
  ) as readonly JsonObject[];
  const physicalName = table.fullyQualifiedName.split('.').slice(-2).join('.');
  const description = table.description ?? contract.name;
  return {
    ...rest,
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: contract.name,
    version: versionOf(contract),
    schema: [
      {
        name: table.name,
        physicalName,
        logicalType: 'object',
        physicalType: 'table',
        description,
        properties: table.columns.map((column) =>
          propertyOf(column, { table, exported: properties.find(({ name }) => name === column.name) }),
        ),
        ...(Array.isArray(quality) && quality.length > 0 && { quality }),
      },
    ],
  };
}

function versionOf({ version = 0.1 }: ContractEntity): string {
  const [major = '0', minor = '0'] = String(version).split('.');
  return `${major}.${minor}.0`;
}

function propertyOf(
  column: ColumnEntity,
  { table, exported }: { readonly table: TableEntity; readonly exported: JsonObject | undefined },
): JsonObject {
  const key =
    table.tableConstraints?.find(({ constraintType }) => constraintType === 'PRIMARY_KEY')?.columns ?? [];
  const position = key.indexOf(column.name) + 1;
  const isKey = position > 0 || column.constraint === 'PRIMARY_KEY';
  const quality = exported?.['quality'];
  return {
    name: column.name,
    ...(column.displayName && { businessName: column.displayName }),
    logicalType: logicalTypeOf(column.dataType),
    physicalType: physicalTypeOf(column),
    ...((column.constraint === 'NOT_NULL' || isKey) && { required: true }),
    ...(column.constraint === 'UNIQUE' && { unique: true }),
    ...(isKey && { primaryKey: true, primaryKeyPosition: Math.max(1, position) }),
    description: column.description || column.name,
    ...(Array.isArray(quality) && quality.length > 0 && { quality: quality.map(withoutColumn) }),
  };
}

/** A rule that stands at its column need not name it; the standard knows no such field. */
function withoutColumn(rule: JsonObject): JsonObject {
  const { column: _column, ...rest } = rule;
  return rest;
}

const logicalTypes: readonly (readonly [RegExp, string])[] = [
  [/^(TINYINT|SMALLINT|INT|BIGINT|LONG)$/, 'integer'],
  [/^(FLOAT|DOUBLE|DECIMAL|NUMERIC|NUMBER)$/, 'number'],
  [/^BOOLEAN$/, 'boolean'],
  [/^DATE$/, 'date'],
  [/^(TIMESTAMP|TIMESTAMPZ|DATETIME)$/, 'timestamp'],
  [/^TIME$/, 'time'],
  [/^ARRAY$/, 'array'],
  [/^(STRUCT|MAP|JSON)$/, 'object'],
];

const logicalTypeOf = (dataType: string): string =>
  logicalTypes.find(([pattern]) => pattern.test(dataType))?.[1] ?? 'string';
