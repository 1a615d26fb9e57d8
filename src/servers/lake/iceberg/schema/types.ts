/** Iceberg's own JSON spelling of types and schemas is the form in memory too: what is read is what is written. */
export type PrimitiveType = string;

export interface StructField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: IcebergType;
  readonly doc?: string;
}

export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly StructField[];
}

export interface ListType {
  readonly type: 'list';
  readonly 'element-id': number;
  readonly element: IcebergType;
  readonly 'element-required': boolean;
}

export interface MapType {
  readonly type: 'map';
  readonly 'key-id': number;
  readonly key: IcebergType;
  readonly 'value-id': number;
  readonly value: IcebergType;
  readonly 'value-required': boolean;
}

export type IcebergType = PrimitiveType | StructType | ListType | MapType;

export interface Schema extends StructType {
  readonly 'schema-id': number;
  readonly 'identifier-field-ids'?: readonly number[];
}

/** A type before its fields have ids. */
export type DraftType = string | DraftStruct | DraftList | DraftMap;

export interface DraftStruct {
  readonly type: 'struct';
  readonly fields: readonly DraftField[];
}

export interface DraftList {
  readonly type: 'list';
  readonly element: DraftType;
}

export interface DraftMap {
  readonly type: 'map';
  readonly key: DraftType;
  readonly value: DraftType;
}

export interface DraftField {
  readonly name: string;
  readonly type: DraftType;
  /** Only of a column of the table itself: whether a nested value is there cannot be told from a file's statistics. */
  readonly required?: boolean;
  readonly doc?: string;
}

export function isPrimitive(type: IcebergType): type is PrimitiveType {
  return typeof type === 'string';
}
