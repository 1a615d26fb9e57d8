import {
  changeProperties,
  changeSchema,
  createTable,
  currentSchema,
  type DraftType,
  type IcebergType,
  type SchemaChange,
  type StructField,
  type TableState,
  tableName,
} from '../iceberg/index.ts';
import type { MappedColumn } from './mapped-columns.ts';
import type { StoreSession } from './store-session.ts';
import { narrowTypes, tableProperties } from './table-definition.ts';
import type { MappingRequest } from './table-store.ts';

/** A table that nobody declared takes the columns of the SQL: it is made, or its columns are changed to these. */
export async function shapeUndeclared(
  { warehouse }: StoreSession,
  of: { request: MappingRequest; mapped: readonly MappedColumn[]; existing: TableState | undefined },
): Promise<TableState> {
  const { request, mapped, existing } = of;
  const table = tableName(request.target);
  const columns = mapped.map(({ name, draft }) => ({ name, type: draft() }));
  const made =
    existing ??
    (await createTable(warehouse, { table, columns, properties: { [tableProperties.declared]: 'false' } }));
  const changes = changesTo(currentSchema(made.metadata).fields, columns);
  const shaped = changes.length === 0 ? made : await changeSchema(warehouse, { table, changes });
  const properties = changedProperties(shaped, { request, mapped });
  return Object.keys(properties).length === 0 ? shaped : changeProperties(warehouse, { table, properties });
}

interface WantedColumn {
  readonly name: string;
  readonly type: DraftType;
}

/** What makes these columns of those. A column of another type is a new one of the same name. */
function changesTo(fields: readonly StructField[], wanted: readonly WantedColumn[]): SchemaChange[] {
  const isKept = (field: StructField) =>
    wanted.some(({ name, type }) => name === field.name && isSame(field.type, type));
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

/** Those that are to be written; what is as it should be is left alone. */
function changedProperties(
  { metadata }: TableState,
  { request, mapped }: { request: MappingRequest; mapped: readonly MappedColumn[] },
): Record<string, string> {
  const ids = new Map(currentSchema(metadata).fields.map(({ name, id }) => [name, id]));
  const wanted = {
    ...(request.description !== undefined && { [tableProperties.description]: request.description }),
    ...(request.contract !== undefined && { [tableProperties.contract]: request.contract }),
    ...narrowTypes(mapped.map(({ name, type }) => ({ id: ids.get(name) ?? 0, type }))),
  };
  return Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => metadata.properties[key] !== value),
  );
}
