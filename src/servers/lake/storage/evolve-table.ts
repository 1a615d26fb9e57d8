import { nearest } from '../../../errors/index.ts';
import {
  changeTable,
  currentSchema,
  type DraftType,
  loadTable,
  type SchemaChange,
  type TableMetadata,
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
 * Changes what a table is, all together or not at all: its columns, what is said of it, and how new rows are partitioned.
 * @throws LakeFailure, IcebergError when a change would lose values or names a column that is not there.
 */
export async function evolveTable(warehouse: Warehouse, request: EvolveRequest): Promise<TableDefinition> {
  const table = tableName(request.table);
  if (request.table === ingestErrorsTable) throw notYours();
  const before = await loadTable(warehouse, table);
  const changes = schemaChanges(request, before);
  const partitionedBy = request.partitionedBy && draftPartitions(request.partitionedBy);
  const properties = (changed: TableMetadata) => propertiesAfter(changed, request);
  const isNothing = Object.keys(properties(before.metadata)).length === 0 && changes.length === 0;
  if (isNothing && partitionedBy === undefined) return definitionOf(before);
  return definitionOf(await changeTable(warehouse, { table, changes, properties, partitionedBy }));
}

/** One after the other: a change may name a column that one before it has made or renamed. */
function schemaChanges({ table, changes }: EvolveRequest, before: TableState): SchemaChange[] {
  let columns: readonly string[] = definitionOf(before).columns.map(({ name }) => name);
  return changes.flatMap((change) => {
    requireOwn(change, { table, columns });
    const made = schemaChange(change, { before, columns });
    columns = columnsAfter(columns, change);
    return made;
  });
}

function columnsAfter(columns: readonly string[], change: ColumnChange): readonly string[] {
  const others = columns.filter((name) => name !== change.column);
  switch (change.change) {
    case 'rename':
      return columns.map((name) => (name === change.column ? change.to : name));
    case 'drop':
      return others;
    case 'add':
    case 'move': {
      const after = change.after === undefined ? others.at(-1) : change.after;
      return others.toSpliced(others.indexOf(after ?? '') + 1, 0, change.column);
    }
    default:
      return columns;
  }
}

function requireOwn(
  change: ColumnChange,
  { table, columns }: { table: string; columns: readonly string[] },
): void {
  const named = [change.column, ...('to' in change ? [change.to] : [])];
  const audit = named.find((name) => isAuditColumn(table, name) || auditColumnNames.includes(name));
  if (audit !== undefined) {
    throw new LakeFailure(
      `"${audit}" is an audit column: ingest alone fills and changes it.`,
      'leave it as it is.',
    );
  }
  if (change.change === 'add' || columns.includes(change.column)) return;
  const near = nearest(change.column, columns)[0];
  throw new LakeFailure(
    `${table} has no column "${change.column}".`,
    near ? `did you mean "${near}"?` : 'describe_table shows its columns.',
  );
}

function schemaChange(
  change: ColumnChange,
  { before, columns }: { before: TableState; columns: readonly string[] },
): SchemaChange[] {
  const { column } = change;
  switch (change.change) {
    case 'add': {
      const { description, after } = change;
      // Behind the table's own columns and before those of the audit.
      const place = after === undefined ? (columns.at(-1) ?? null) : after;
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
      return widening(change, before);
    case 'make_optional':
      return [{ change: 'make-optional', column }];
    case 'describe':
      return [{ change: 'describe', column, doc: change.description }];
    default:
      return [change];
  }
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

function propertiesAfter(metadata: TableMetadata, request: EvolveRequest): Record<string, string | null> {
  const ids = new Map(currentSchema(metadata).fields.map(({ name, id }) => [name, id]));
  const typed = request.changes.flatMap((change, index) => {
    const id = ids.get(nameAfter(change.column, request.changes.slice(index + 1)));
    return (change.change === 'add' || change.change === 'widen') && id !== undefined
      ? [{ id, type: normalizeType(change.type) }]
      : [];
  });
  const widened = typed.map(({ id }) => [`${tableProperties.type}${id}`, null]);
  const outdated = Object.fromEntries(
    widened.filter(([key]) => metadata.properties[String(key)] !== undefined),
  ) as Record<string, null>;
  return {
    ...outdated,
    ...narrowTypes(typed),
    ...(request.description !== undefined && { [tableProperties.description]: request.description }),
    ...(request.contract !== undefined && { [tableProperties.contract]: request.contract }),
  };
}

/** What a column is called when all later changes are made. */
function nameAfter(column: string, later: readonly ColumnChange[]): string {
  return later.reduce(
    (name, change) => (change.change === 'rename' && change.column === name ? change.to : name),
    column,
  );
}

function notYours(): LakeFailure {
  return new LakeFailure(`${ingestErrorsTable} belongs to the lake.`, 'change your own tables.');
}
