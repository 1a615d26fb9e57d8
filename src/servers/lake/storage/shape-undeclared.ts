import {
  createTable,
  currentSchema,
  type DraftType,
  type IcebergType,
  type Schema,
  type SchemaChange,
  type StructField,
  type TableMetadata,
  type TableState,
  tableName,
} from '../iceberg/index.ts';
import type { MappedColumn } from './mapped-columns.ts';
import type { StoreSession } from './store-session.ts';
import { isNarrow, narrowTypes, tableProperties } from './table-definition.ts';
import type { MappingRequest } from './table-store.ts';

/** What a table that nobody declared is to become together with its rows. */
export interface Reshaping {
  readonly changes: readonly SchemaChange[];
  readonly properties: (schema: Schema) => Readonly<Record<string, string>>;
}

/** A table that nobody declared takes the columns of the SQL. One that is not there is made. */
export async function shapeUndeclared(
  { warehouse }: StoreSession,
  of: { request: MappingRequest; mapped: readonly MappedColumn[]; existing: TableState | undefined },
): Promise<{ readonly state: TableState; readonly reshaping: Reshaping }> {
  const { request, mapped, existing } = of;
  const table = tableName(request.target);
  const columns = mapped.map(({ name, type, draft }) => ({ name, type: draft(), lakeType: type }));
  const properties = { [tableProperties.declared]: 'false', ...narrowOfNew(mapped) };
  const state = existing ?? (await createTable(warehouse, { table, columns, properties }));
  const changes = changesTo(state.metadata, columns);
  return { state, reshaping: { changes, properties: (schema) => propertiesOf(schema, { request, mapped }) } };
}

interface WantedColumn {
  readonly name: string;
  readonly type: DraftType;
  /** Maybe narrower than what it is kept as. */
  readonly lakeType: string;
}

/**
 * What makes these columns of those. A column of another type is a new one of the same name; so is one that is only kept the
 * same: rows of the past are read by the types of their columns, and a text is no JSON.
 */
function changesTo(metadata: TableMetadata, wanted: readonly WantedColumn[]): SchemaChange[] {
  const { fields } = currentSchema(metadata);
  const isKept = (field: StructField) =>
    wanted.some(
      ({ name, type, lakeType }) =>
        name === field.name &&
        isSame(field.type, type) &&
        metadata.properties[`${tableProperties.type}${field.id}`] ===
          (isNarrow(lakeType) ? lakeType : undefined),
    );
  const kept = fields.filter(isKept);
  const leaving = fields.filter((field) => !isKept(field));
  const added = wanted.filter(({ name }) => !kept.some((field) => field.name === name));
  const isInOrder =
    added.length + leaving.length === 0 && fields.every(({ name }, index) => wanted[index]?.name === name);
  if (isInOrder) return [];
  return [
    // Names must be free before they are given again, and a table is never without a column.
    ...leaving.map(({ id, name }): SchemaChange => ({ change: 'rename', column: name, to: leavingName(id) })),
    ...added.map(({ name, type }): SchemaChange => ({ change: 'add', column: name, type })),
    ...leaving.map(({ id }): SchemaChange => ({ change: 'drop', column: leavingName(id) })),
    ...wanted.map(
      ({ name }, index): SchemaChange => ({
        change: 'move',
        column: name,
        after: wanted[index - 1]?.name ?? null,
      }),
    ),
  ];
}

function leavingName(id: number): string {
  return `_leaving_${id}`;
}

function isSame(type: IcebergType, draft: DraftType): boolean {
  if (typeof type === 'string' || typeof draft === 'string') return type === draft;
  if (type.type === 'list' && draft.type === 'list') return isSame(type.element, draft.element);
  if (type.type === 'map' && draft.type === 'map') {
    return isSame(type.key, draft.key) && isSame(type.value, draft.value);
  }
  if (type.type !== 'struct' || draft.type !== 'struct') return false;
  return (
    type.fields.length === draft.fields.length &&
    type.fields.every(({ name, type: inner }, index) => {
      const other = draft.fields[index];
      return other !== undefined && other.name === name && isSame(inner, other.type);
    })
  );
}

/** The ids of a new table's columns are counted from 1, in their order. */
function narrowOfNew(mapped: readonly MappedColumn[]): Record<string, string> {
  return narrowTypes(mapped.map(({ type }, index) => ({ id: index + 1, type })));
}

function propertiesOf(
  schema: Schema,
  { request, mapped }: { request: MappingRequest; mapped: readonly MappedColumn[] },
): Record<string, string> {
  const ids = new Map(schema.fields.map(({ name, id }) => [name, id]));
  return {
    ...(request.description !== undefined && { [tableProperties.description]: request.description }),
    ...(request.contract !== undefined && { [tableProperties.contract]: request.contract }),
    ...narrowTypes(mapped.map(({ name, type }) => ({ id: ids.get(name) ?? 0, type }))),
  };
}
