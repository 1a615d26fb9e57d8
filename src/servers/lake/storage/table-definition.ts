import {
  type CreateTableRequest,
  currentSchema,
  type DraftField,
  identifierColumns,
  type StructField,
  type TableMetadata,
  type TableState,
  tableName,
} from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { auditColumnNames, auditColumns, ingestErrorsTable, isRawSchema } from './audit-columns.ts';
import { icebergTypeOf, lakeTypeOf } from './iceberg-types.ts';
import { draftPartitions, partitionTexts } from './partition-text.ts';
import type { TableColumn, TableDefinition } from './table-store.ts';

/** Properties of a table in which the lake keeps what the format has no place for. */
export const tableProperties = {
  description: 'comment',
  declared: 'aiworkflow.declared',
  contract: 'aiworkflow.contract',
  /** Followed by the column's id: where the lake's type is narrower than the format's. */
  type: 'aiworkflow.type.',
} as const;

/** What the lake says about a table. All of it is read from the table itself, so another engine's changes are in it. */
export function definitionOf({ table, metadata }: TableState): TableDefinition {
  const { properties } = metadata;
  const schema = currentSchema(metadata);
  const name = [...table.namespace, table.name].join('.');
  const spec = metadata['partition-specs'].find(
    (candidate) => candidate['spec-id'] === metadata['default-spec-id'],
  );
  const description = properties[tableProperties.description];
  const contract = properties[tableProperties.contract];
  return {
    table: name,
    columns: schema.fields
      .filter(({ name: column }) => !isAuditColumn(name, column))
      .map((field) => columnOf(field, properties)),
    primary_key: [...identifierColumns(schema)],
    partitioned_by: partitionTexts(spec, schema),
    ...(description !== undefined && { description }),
    ...(contract !== undefined && { contract }),
    declared: properties[tableProperties.declared] !== 'false',
  };
}

/** A table that nobody declared has the columns of the SQL that made its rows. */
export function takesColumnsOfRows({ properties }: TableMetadata): boolean {
  return properties[tableProperties.declared] === 'false';
}

export function isAuditColumn(table: string, column: string): boolean {
  return isRawSchema(table) && table !== ingestErrorsTable && auditColumnNames.includes(column);
}

function columnOf(field: StructField, properties: TableMetadata['properties']): TableColumn {
  return {
    name: field.name,
    type: typeOf(field, properties),
    nullable: !field.required,
    ...(field.doc !== undefined && { description: field.doc }),
  };
}

/**
 * The type of a column, now or in a schema of the past, for the narrower one goes with the column's id. It holds as long as
 * the column is kept as that type is: a column that was widened since has the wider one.
 */
export function typeOf({ id, type }: StructField, properties: TableMetadata['properties']): string {
  const plain = lakeTypeOf(type);
  const narrow = properties[`${tableProperties.type}${id}`];
  if (narrow === undefined) return plain;
  return keptAs(narrow) === keptAs(plain) ? narrow : plain;
}

function keptAs(type: string): string {
  return JSON.stringify(icebergTypeOf(type) ?? type);
}

/** The table to be made for a definition, with the audit columns of bronze. */
export function requestOf(definition: TableDefinition): CreateTableRequest {
  const audit = auditColumns.filter(({ name }) => isAuditColumn(definition.table, name));
  const columns = [
    ...definition.columns.map(draftOf),
    ...audit.map(({ name, type }) => draftOf({ name, type, nullable: false })),
  ];
  return {
    table: tableName(definition.table),
    columns,
    partitionedBy: draftPartitions(definition.partitioned_by),
    identifiedBy: definition.primary_key,
    properties: propertiesOf(definition),
  };
}

function draftOf({ name, type, nullable, description }: TableColumn): DraftField {
  const draft = icebergTypeOf(type);
  if (draft === undefined)
    throw new LakeFailure(`"${name}" is of the type ${type}, which a table cannot keep.`);
  return { name, type: draft, required: !nullable, ...(description !== undefined && { doc: description }) };
}

function propertiesOf({ description, contract, declared, columns }: TableDefinition): Record<string, string> {
  return {
    [tableProperties.declared]: String(declared),
    ...(description !== undefined && { [tableProperties.description]: description }),
    ...(contract !== undefined && { [tableProperties.contract]: contract }),
    // The ids of a new table's columns are counted from 1, in their order.
    ...narrowTypes(columns.map(({ type }, index) => ({ id: index + 1, type }))),
  };
}

/** Whether the format keeps values of the type in a wider one. */
export function isNarrow(type: string): boolean {
  return /^(SMALLINT|JSON)(\[\])*$/.test(type);
}

export function narrowTypes(columns: readonly { id: number; type: string }[]): Record<string, string> {
  const narrow = columns.filter(({ type }) => isNarrow(type));
  return Object.fromEntries(narrow.map(({ id, type }) => [`${tableProperties.type}${id}`, type]));
}
