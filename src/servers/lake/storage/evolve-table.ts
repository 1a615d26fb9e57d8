import { nearest } from '../../../errors/index.ts';
import {
  changePartitioning,
  changeProperties,
  changeSchema,
  currentSchema,
  type DraftType,
  loadTable,
  type SchemaChange,
  type TableState,
  tableName,
  type Warehouse,
} from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { auditColumnNames, ingestErrorsTable } from './audit-columns.ts';
import { normalizeType } from './column-types.ts';
import { icebergTypeOf } from './iceberg-types.ts';
import { draftPartitions } from './partition-text.ts';
import { definitionOf, isAuditColumn, narrowTypes, tableProperties } from './table-definition.ts';
import type { TableDefinition } from './table-store.ts';

/** One change of a table's columns. No file of the table is written anew. */
export type ColumnChange =
  | {
      readonly change: 'add';
      readonly column: string;
      readonly type: string;
      readonly description?: string | undefined;
      readonly after?: string | null | undefined;
    }
  | { readonly change: 'rename'; readonly column: string; readonly to: string }
  | { readonly change: 'drop'; readonly column: string }
  | { readonly change: 'move'; readonly column: string; readonly after: string | null }
  | { readonly change: 'widen'; readonly column: string; readonly type: string }
  | { readonly change: 'make_optional'; readonly column: string }
  | { readonly change: 'describe'; readonly column: string; readonly description: string };

export interface EvolveRequest {
  readonly table: string;
  readonly changes: readonly ColumnChange[];
  readonly partitionedBy?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly contract?: string | undefined;
}

/**
 * Changes what a table is: its columns, all together or not at all, then how new rows are partitioned.
 * @throws LakeFailure, IcebergError when a change would lose values or names a column that is not there.
 */
export async function evolveTable(warehouse: Warehouse, request: EvolveRequest): Promise<TableDefinition> {
  const table = tableName(request.table);
  if (request.table === ingestErrorsTable) throw notYours();
  const before = await loadTable(warehouse, table);
  for (const change of request.changes)
    requireOwn(request.table, { change, definition: definitionOf(before) });
  const changes = request.changes.flatMap((change) => schemaChange(change, before));
  let state = changes.length === 0 ? before : await changeSchema(warehouse, { table, changes });
  const properties = propertiesAfter(state, request);
  if (Object.keys(properties).length > 0) state = await changeProperties(warehouse, { table, properties });
  const partitionedBy = request.partitionedBy && draftPartitions(request.partitionedBy);
  if (partitionedBy) state = await changePartitioning(warehouse, { table, partitionedBy });
  return definitionOf(state);
}

function requireOwn(
  table: string,
  { change, definition }: { change: ColumnChange; definition: TableDefinition },
): void {
  const named = [change.column, ...('to' in change ? [change.to] : [])];
  const audit = named.find((name) => isAuditColumn(table, name) || auditColumnNames.includes(name));
  if (audit !== undefined) {
    throw new LakeFailure(
      `"${audit}" is an audit column: ingest alone fills and changes it.`,
      'leave it as it is.',
    );
  }
  if (change.change === 'add' || isMadeBefore(change.column, definition)) return;
  const near = nearest(
    change.column,
    definition.columns.map(({ name }) => name),
  )[0];
  throw new LakeFailure(
    `${table} has no column "${change.column}".`,
    near ? `did you mean "${near}"?` : 'describe_table shows its columns.',
  );
}

function isMadeBefore(column: string, { columns }: TableDefinition): boolean {
  return columns.some(({ name }) => name === column);
}

function schemaChange(change: ColumnChange, state: TableState): SchemaChange[] {
  const { column } = change;
  switch (change.change) {
    case 'add': {
      const { description, after } = change;
      const place = after === undefined ? lastOwnColumn(state) : after;
      return [
        {
          change: 'add',
          column,
          type: draftOf(change.type),
          after: place,
          ...(description !== undefined && { doc: description }),
        },
      ];
    }
    case 'widen':
      return widening(change, state);
    case 'make_optional':
      return [{ change: 'make-optional', column }];
    case 'describe':
      return [{ change: 'describe', column, doc: change.description }];
    default:
      return [change];
  }
}

/** A new column comes behind the table's own and before those of the audit. */
function lastOwnColumn(state: TableState): string | null {
  return definitionOf(state).columns.at(-1)?.name ?? null;
}

function draftOf(type: string): DraftType {
  const draft = icebergTypeOf(normalizeType(type));
  if (draft === undefined) throw new LakeFailure(`"${type}" is no type of a column.`);
  return draft;
}

/** SMALLINT is kept as an integer: that it may hold any is said by its property alone. */
function widening({ column, type }: { column: string; type: string }, state: TableState): SchemaChange[] {
  const draft = draftOf(type);
  const before = definitionOf(state).columns.find(({ name }) => name === column)?.type ?? '';
  const isNarrower = /^(SMALLINT|JSON)$/.test(normalizeType(type)) && normalizeType(type) !== before;
  if (typeof draft !== 'string' || isNarrower) {
    throw new LakeFailure(
      `"${column}" is ${before} and cannot become ${type}.`,
      'possible are SMALLINT to INTEGER, INTEGER to BIGINT, and more digits of a DECIMAL with the same scale.',
    );
  }
  const kept = currentSchema(state.metadata).fields.find(({ name }) => name === column)?.type;
  if (kept === draft && before !== 'JSON') return [];
  return [{ change: 'widen', column, type: draft }];
}

function propertiesAfter(state: TableState, request: EvolveRequest): Record<string, string | null> {
  const ids = new Map(currentSchema(state.metadata).fields.map(({ name, id }) => [name, id]));
  const typed = request.changes.flatMap((change) => {
    const id = ids.get(change.column);
    return (change.change === 'add' || change.change === 'widen') && id !== undefined
      ? [{ id, type: normalizeType(change.type) }]
      : [];
  });
  const widened = typed.map(({ id }) => [`${tableProperties.type}${id}`, null]);
  const outdated = Object.fromEntries(
    widened.filter(([key]) => state.metadata.properties[String(key)] !== undefined),
  ) as Record<string, null>;
  return {
    ...outdated,
    ...narrowTypes(typed),
    ...(request.description !== undefined && { [tableProperties.description]: request.description }),
    ...(request.contract !== undefined && { [tableProperties.contract]: request.contract }),
  };
}

function notYours(): LakeFailure {
  return new LakeFailure(`${ingestErrorsTable} belongs to the lake.`, 'change your own tables.');
}
