import type { AvroField, AvroNode, AvroSchema } from './exact-longs.ts';

/** The schema of a manifest's entries, version 2 of the format, with the partition record of one spec. */
export function manifestEntrySchema(partition: AvroNode): AvroNode {
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      field(0, 'status', 'int'),
      optional(1, 'snapshot_id', 'long'),
      optional(3, 'sequence_number', 'long'),
      optional(4, 'file_sequence_number', 'long'),
      field(2, 'data_file', dataFileSchema(partition)),
    ],
  };
}

export const manifestListSchema: AvroNode = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    field(500, 'manifest_path', 'string'),
    field(501, 'manifest_length', 'long'),
    field(502, 'partition_spec_id', 'int'),
    field(517, 'content', 'int'),
    field(515, 'sequence_number', 'long'),
    field(516, 'min_sequence_number', 'long'),
    field(503, 'added_snapshot_id', 'long'),
    field(504, 'added_files_count', 'int'),
    field(505, 'existing_files_count', 'int'),
    field(506, 'deleted_files_count', 'int'),
    field(512, 'added_rows_count', 'long'),
    field(513, 'existing_rows_count', 'long'),
    field(514, 'deleted_rows_count', 'long'),
    optional(507, 'partitions', {
      type: 'array',
      'element-id': 508,
      items: {
        type: 'record',
        name: 'r508',
        fields: [
          field(509, 'contains_null', 'boolean'),
          optional(518, 'contains_nan', 'boolean'),
          optional(510, 'lower_bound', 'bytes'),
          optional(511, 'upper_bound', 'bytes'),
        ],
      },
    }),
    optional(519, 'key_metadata', 'bytes'),
  ],
};

function dataFileSchema(partition: AvroNode): AvroNode {
  return {
    type: 'record',
    name: 'r2',
    fields: [
      field(134, 'content', 'int'),
      field(100, 'file_path', 'string'),
      field(101, 'file_format', 'string'),
      field(102, 'partition', partition),
      field(103, 'record_count', 'long'),
      field(104, 'file_size_in_bytes', 'long'),
      idMap(108, 'column_sizes', { key: 117, value: 118, type: 'long' }),
      idMap(109, 'value_counts', { key: 119, value: 120, type: 'long' }),
      idMap(110, 'null_value_counts', { key: 121, value: 122, type: 'long' }),
      idMap(137, 'nan_value_counts', { key: 138, value: 139, type: 'long' }),
      idMap(125, 'lower_bounds', { key: 126, value: 127, type: 'bytes' }),
      idMap(128, 'upper_bounds', { key: 129, value: 130, type: 'bytes' }),
      optional(131, 'key_metadata', 'bytes'),
      optional(132, 'split_offsets', { type: 'array', items: 'long', 'element-id': 133 }),
      optional(135, 'equality_ids', { type: 'array', items: 'int', 'element-id': 136 }),
      optional(140, 'sort_order_id', 'int'),
    ],
  };
}

/** Avro's own maps have texts as keys; a map by column id is a list of pairs that says that it is a map. */
function idMap(id: number, name: string, pair: { key: number; value: number; type: string }): AvroField {
  const items = {
    type: 'record',
    name: `k${pair.key}_v${pair.value}`,
    fields: [field(pair.key, 'key', 'int'), field(pair.value, 'value', pair.type)],
  };
  return optional(id, name, { type: 'array', logicalType: 'map', items });
}

function field(id: number, name: string, type: AvroSchema): AvroField {
  return { name, type, 'field-id': id };
}

function optional(id: number, name: string, type: AvroSchema): AvroField {
  return { name, type: ['null', type], default: null, 'field-id': id };
}
