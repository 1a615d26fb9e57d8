import avro from 'avsc';

export type AvroSchema = string | readonly AvroSchema[] | AvroNode;

export interface AvroNode {
  readonly type?: AvroSchema;
  readonly name?: string;
  readonly fields?: readonly AvroField[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly size?: number;
  readonly logicalType?: string;
  readonly [attribute: string]: unknown;
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly 'field-id'?: number;
  readonly [attribute: string]: unknown;
}

/**
 * Snapshot ids of other writers use all 63 bits, and a partition value may: as JavaScript numbers they would be rounded
 * to the id of another snapshot. All other longs are sizes and counts and stay numbers, which is five times as fast.
 */
export function markExactLongs(schema: AvroSchema): AvroSchema {
  return marked(schema, false);
}

export function typeOfSchema(schema: AvroSchema): avro.Type {
  // The marks are no part of Avro's own schema, so the type is looked up before avsc sees them.
  return avro.Type.forSchema(schema as avro.Schema, {
    typeHook: (node: unknown) => (isMarked(node) ? exactLong : undefined),
  });
}

const mark = 'exact-long';

function isMarked(node: unknown): boolean {
  return typeof node === 'object' && node !== null && mark in node;
}

function marked(schema: AvroSchema, isExact: boolean): AvroSchema {
  if (typeof schema === 'string')
    return isExact && schema === 'long' ? { type: 'long', [mark]: true } : schema;
  if (Array.isArray(schema))
    return (schema as readonly AvroSchema[]).map((branch) => marked(branch, isExact));
  return markedNode(schema as AvroNode, isExact);
}

function markedNode(node: AvroNode, isExact: boolean): AvroSchema {
  if (isExact && node.type === 'long') return { type: 'long', [mark]: true };
  if (node.fields) {
    const fields = node.fields.map((field) => ({
      ...field,
      type: marked(field.type, isExact || needsExact(field.name)),
    }));
    return { ...node, fields };
  }
  if (node.items !== undefined) return { ...node, items: marked(node.items, isExact) };
  return node;
}

function needsExact(fieldName: string): boolean {
  return fieldName === 'partition' || fieldName.endsWith('snapshot_id');
}

const exactLong = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (left: bigint, right: bigint) => (left === right ? 0 : left < right ? -1 : 1),
});
