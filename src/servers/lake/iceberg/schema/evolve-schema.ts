import { IcebergError } from '../iceberg-error.ts';
import { countIdsFrom, type NextId, typeOfDraft } from './assign-ids.ts';
import { checkNames } from './check-names.ts';
import { type ColumnPath, findColumn } from './find-field.ts';
import { checkNotIdentifier, identifySchema } from './identifiers.ts';
import { type DraftType, type IcebergType, isPrimitive, type Schema, type StructField } from './types.ts';
import { checkWidening } from './widen-type.ts';

/** One change of the schema. A column of a struct is named by its path: `['size', 'width']`. */
export type SchemaChange =
  /** Old rows read as null in it, so it is optional. `after` names a column of the same level, null is the first place. */
  | {
      readonly change: 'add';
      readonly column: ColumnPath;
      readonly type: DraftType;
      readonly doc?: string;
      readonly after?: string | null;
    }
  | { readonly change: 'rename'; readonly column: ColumnPath; readonly to: string }
  | { readonly change: 'drop'; readonly column: ColumnPath }
  | { readonly change: 'move'; readonly column: ColumnPath; readonly after: string | null }
  /** int -> long, float -> double, more digits of a decimal. */
  | { readonly change: 'widen'; readonly column: ColumnPath; readonly type: string }
  | { readonly change: 'make-optional'; readonly column: ColumnPath }
  | { readonly change: 'describe'; readonly column: ColumnPath; readonly doc: string }
  /** Which columns tell rows apart; none takes that away. They must be required. */
  | { readonly change: 'identify'; readonly columns: readonly string[] };

type ColumnChange = Exclude<SchemaChange, { change: 'identify' }>;

export interface EvolvedSchema {
  readonly schema: Schema;
  readonly lastColumnId: number;
}

/**
 * The schema after the changes, one after the other. Ids of columns never change and are never used again: files stay
 * as they are and are read by id.
 * @throws IcebergError NOT_FOUND, INVALID.
 */
export function evolveSchema(
  from: EvolvedSchema & { readonly pinnedIds: ReadonlySet<number> },
  changes: readonly SchemaChange[],
): EvolvedSchema {
  const nextId = countIdsFrom(from.lastColumnId + 1);
  let schema = from.schema;
  for (const change of changes) {
    if (change.change === 'drop') checkDroppable(schema, change.column, from.pinnedIds);
    schema = applyChange(schema, { change, nextId });
  }
  return { schema, lastColumnId: nextId() - 1 };
}

interface Step {
  readonly change: ColumnChange;
  readonly nextId: NextId;
}

function applyChange(schema: Schema, { change, nextId }: { change: SchemaChange; nextId: NextId }): Schema {
  if (change.change === 'identify') return identifySchema(schema, change.columns);
  if (change.change === 'make-optional') checkNotIdentifier(schema, change.column);
  const path = typeof change.column === 'string' ? [change.column] : change.column;
  if (change.change !== 'add') findColumn(schema, path);
  const name = path.at(-1) ?? '';
  const fields = inLevel(schema.fields, path.slice(0, -1), (level) =>
    changeLevel(level, { change, nextId, name }),
  );
  return { ...schema, fields };
}

/** Replaces the fields of the struct at the end of the path. */
function inLevel(
  fields: readonly StructField[],
  path: readonly string[],
  replace: (level: readonly StructField[]) => readonly StructField[],
): readonly StructField[] {
  const [name, ...rest] = path;
  if (name === undefined) return replace(fields);
  let isFound = false;
  const replaced = fields.map((field) => {
    if (field.name !== name) return field;
    if (isPrimitive(field.type) || field.type.type !== 'struct') throw noStruct(name);
    isFound = true;
    return { ...field, type: { ...field.type, fields: inLevel(field.type.fields, rest, replace) } };
  });
  if (!isFound) throw noStruct(name);
  return replaced;
}

function changeLevel(level: readonly StructField[], step: Step & { name: string }): readonly StructField[] {
  const { change, name } = step;
  const edit = (edited: (field: StructField) => StructField) =>
    level.map((field) => (field.name === name ? edited(field) : field));
  switch (change.change) {
    case 'add':
      return place(level, {
        field: addedField(step, change),
        after: change.after === undefined ? (level.at(-1)?.name ?? null) : change.after,
      });
    case 'drop':
      return level.filter((field) => field.name !== name);
    case 'move':
      return moved(level, { name, after: change.after });
    case 'rename':
      return distinct(edit((field) => ({ ...field, name: change.to })));
    case 'widen':
      return edit((field) => ({
        ...field,
        type: checkWidening(field.type, { to: change.type, column: name }),
      }));
    case 'make-optional':
      return edit((field) => ({ ...field, required: false }));
    case 'describe':
      return edit((field) => ({ ...field, doc: change.doc }));
  }
}

function addedField(
  { name, nextId }: { name: string; nextId: NextId },
  change: Extract<ColumnChange, { change: 'add' }>,
): StructField {
  const id = nextId();
  const type: IcebergType = typeOfDraft(change.type, nextId);
  return { id, name, required: false, type, ...(change.doc !== undefined && { doc: change.doc }) };
}

function moved(
  level: readonly StructField[],
  to: { name: string; after: string | null },
): readonly StructField[] {
  const field = level.find((candidate) => candidate.name === to.name);
  if (!field) return level;
  return place(
    level.filter((candidate) => candidate !== field),
    { field, after: to.after },
  );
}

function place(
  level: readonly StructField[],
  { field, after }: { field: StructField; after: string | null },
): readonly StructField[] {
  const index = after === null ? 0 : level.findIndex((candidate) => candidate.name === after) + 1;
  if (after !== null && index === 0) {
    throw new IcebergError('NOT_FOUND', `There is no column "${after}" to put "${field.name}" behind.`);
  }
  return distinct([...level.slice(0, index), field, ...level.slice(index)]);
}

function distinct(level: readonly StructField[]): readonly StructField[] {
  checkNames(
    level.map((field) => field.name),
    'The table',
  );
  return level;
}

function checkDroppable(schema: Schema, column: ColumnPath, pinnedIds: ReadonlySet<number>): void {
  const { field, path } = findColumn(schema, column);
  const name = path.join('.');
  const identifiers = schema['identifier-field-ids'] ?? [];
  const level =
    path.length === 1 ? schema.fields : structFields(findColumn(schema, path.slice(0, -1)).field.type);
  if (level.length === 1) {
    throw new IcebergError('INVALID', `"${name}" is the last column and cannot be dropped.`);
  }
  if (idsIn(field).some((id) => pinnedIds.has(id) || identifiers.includes(id))) {
    throw new IcebergError(
      'INVALID',
      `"${name}" cannot be dropped: the table is or was partitioned or identified by it.`,
      {
        hint: 'rename it, or make it optional and leave it empty.',
      },
    );
  }
}

function structFields(type: IcebergType): readonly StructField[] {
  return isPrimitive(type) || type.type !== 'struct' ? [] : type.fields;
}

function idsIn(field: StructField): readonly number[] {
  return [field.id, ...structFields(field.type).flatMap(idsIn)];
}

function noStruct(name: string): IcebergError {
  return new IcebergError('NOT_FOUND', `"${name}" is no struct of the table.`);
}
