import { IcebergError } from '../iceberg-error.ts';
import { checkNames } from './check-names.ts';
import { primitiveParts } from './primitive-type.ts';
import type { DraftField, DraftType, IcebergType, Schema, StructField } from './types.ts';

/** Hands out field ids: columns of one level first, then what is in them, as all writers of the format do. */
export type NextId = () => number;

export function countIdsFrom(first: number): NextId {
  let next = first;
  return () => next++;
}

/** @throws IcebergError INVALID or UNSUPPORTED for a name or type that cannot be. */
export function schemaOfDraft(columns: readonly DraftField[]): { schema: Schema; lastColumnId: number } {
  if (columns.length === 0) throw new IcebergError('INVALID', 'A table has at least one column.');
  const nextId = countIdsFrom(1);
  const fields = fieldsOfDraft(columns, nextId, 'The table');
  return { schema: { type: 'struct', 'schema-id': 0, fields }, lastColumnId: nextId() - 1 };
}

export function typeOfDraft(draft: DraftType, nextId: NextId): IcebergType {
  if (typeof draft === 'string') return plainType(draft);
  if (draft.type === 'struct') return structOfDraft(draft.fields, nextId);
  if (draft.type === 'list') {
    const id = nextId();
    return {
      type: 'list',
      'element-id': id,
      element: typeOfDraft(draft.element, nextId),
      'element-required': false,
    };
  }
  const [keyId, valueId] = [nextId(), nextId()];
  return {
    type: 'map',
    'key-id': keyId,
    key: typeOfDraft(draft.key, nextId),
    'value-id': valueId,
    value: typeOfDraft(draft.value, nextId),
    'value-required': false,
  };
}

function structOfDraft(fields: readonly DraftField[], nextId: NextId): IcebergType {
  if (fields.length === 0) throw new IcebergError('INVALID', 'A struct has at least one field.');
  const required = fields.find((field) => field.required);
  if (required) {
    throw new IcebergError('INVALID', `The nested field "${required.name}" cannot be required.`, {
      hint: 'make it optional; only columns of the table itself can be required.',
    });
  }
  return { type: 'struct', fields: fieldsOfDraft(fields, nextId, 'A struct') };
}

function fieldsOfDraft(drafts: readonly DraftField[], nextId: NextId, place: string): readonly StructField[] {
  checkNames(
    drafts.map((draft) => draft.name),
    place,
  );
  const ids = drafts.map(() => nextId());
  return drafts.map((draft, index) => ({
    id: ids[index] ?? nextId(),
    name: draft.name,
    required: draft.required ?? false,
    type: typeOfDraft(draft.type, nextId),
    ...(draft.doc !== undefined && { doc: draft.doc }),
  }));
}

function plainType(type: string): string {
  const { kind, precision, scale } = primitiveParts(type.trim().toLowerCase());
  if (kind === 'fixed') {
    throw new IcebergError(
      'UNSUPPORTED',
      `${type} cannot be written: DuckDB has no bytes of a fixed length.`,
      {
        hint: 'use binary.',
      },
    );
  }
  return kind === 'decimal' ? `decimal(${precision},${scale})` : kind;
}
