import { IcebergError } from '../iceberg-error.ts';
import { type ColumnPath, fieldsById, findColumn } from '../schema/find-field.ts';
import type { Schema } from '../schema/types.ts';
import { checkTransform, parseTransform, type Transform, transformedType } from '../values/transform.ts';

export interface PartitionField {
  readonly 'source-id': number;
  readonly 'field-id': number;
  readonly name: string;
  readonly transform: string;
}

export interface PartitionSpec {
  readonly 'spec-id': number;
  readonly fields: readonly PartitionField[];
}

/** A partition field as it is asked for: `{ column: 'created_at', transform: 'day' }`. */
export interface DraftPartition {
  readonly column: ColumnPath;
  /** `identity`, `bucket[16]`, `truncate[4]`, `year`, `month`, `day`, `hour`. */
  readonly transform: string;
  /** By default from the column and the transform. */
  readonly name?: string;
}

/** A field of a spec with all that is needed to compute and compare its values. */
export interface BoundPartition {
  readonly field: PartitionField;
  readonly transform: Transform;
  readonly sourcePath: readonly string[];
  readonly sourceType: string;
  readonly type: string;
}

/** The format begins with the ids of partition fields here, so that they are no column's id. */
export const firstPartitionId = 1000;

export interface SpecHistory {
  readonly specs: readonly PartitionSpec[];
  readonly lastPartitionId: number;
}

/**
 * The spec of these fields: an equal one of the table's past, or a new one. A field that was used before keeps its id.
 * @throws IcebergError INVALID, NOT_FOUND.
 */
export function specOfDraft(
  drafts: readonly DraftPartition[],
  { schema, history }: { schema: Schema; history: SpecHistory },
): { spec: PartitionSpec; lastPartitionId: number } {
  let last = history.lastPartitionId;
  const past = history.specs.flatMap((spec) => spec.fields);
  const fields = drafts.map((draft) => {
    const wanted = fieldOfDraft(draft, schema);
    const known = past.find(
      (field) =>
        field['source-id'] === wanted['source-id'] &&
        field.transform === wanted.transform &&
        field.name === wanted.name,
    );
    return { ...wanted, 'field-id': known?.['field-id'] ?? ++last };
  });
  checkDistinct(fields, schema);
  const equal = history.specs.find(
    (spec) => JSON.stringify(idsOf(spec.fields)) === JSON.stringify(idsOf(fields)),
  );
  const newId = Math.max(-1, ...history.specs.map((spec) => spec['spec-id'])) + 1;
  return { spec: equal ?? { 'spec-id': newId, fields }, lastPartitionId: last };
}

/**
 * The fields of a spec with their types under a schema.
 * @throws IcebergError UNSUPPORTED when a transform is unknown, DAMAGED when the column of a field is gone.
 */
export function bindSpec(spec: PartitionSpec, schema: Schema): readonly BoundPartition[] {
  const columns = fieldsById(schema);
  return spec.fields.map((field) => {
    const transform = parseTransform(field.transform);
    const source = columns.get(field['source-id']);
    if (!source || typeof source.field.type !== 'string') {
      throw new IcebergError('DAMAGED', `The partition field "${field.name}" has no column any more.`);
    }
    const sourceType = source.field.type;
    return {
      field,
      transform,
      sourcePath: source.path,
      sourceType,
      type: transformedType(transform, sourceType),
    };
  });
}

function fieldOfDraft(draft: DraftPartition, schema: Schema): Omit<PartitionField, 'field-id'> {
  const { field, path } = findColumn(schema, draft.column);
  const transform = parseTransform(draft.transform);
  if (transform.kind === 'void') throw new IcebergError('INVALID', 'A table cannot be partitioned by void.');
  checkTransform(transform, { type: field.type, column: path.join('.') });
  const suffix = transform.kind === 'truncate' ? 'trunc' : transform.kind;
  const plainName = path.join('.');
  const name = draft.name ?? (transform.kind === 'identity' ? plainName : `${plainName}_${suffix}`);
  return { 'source-id': field.id, name, transform: draft.transform };
}

/** @throws IcebergError INVALID for two fields of one name, and for one with the name of another column. */
export function checkDistinct(fields: readonly PartitionField[], schema: Schema): void {
  for (const [index, field] of fields.entries()) {
    if (fields.findIndex((other) => other.name === field.name) !== index) {
      throw new IcebergError('INVALID', `Two partition fields are named "${field.name}".`);
    }
    const column = schema.fields.find((candidate) => candidate.name === field.name);
    if (column && (column.id !== field['source-id'] || field.transform !== 'identity')) {
      throw new IcebergError(
        'INVALID',
        `The partition field "${field.name}" has the name of another column.`,
        {
          hint: 'give it a name of its own.',
        },
      );
    }
  }
}

function idsOf(fields: readonly PartitionField[]): unknown {
  return fields.map((field) => [field['field-id'], field['source-id'], field.transform, field.name]);
}
