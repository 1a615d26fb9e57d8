import type { PlainTable } from '../../servers/catalog/openmetadata/put-table.ts';
import { currentSchema } from '../../servers/lake/iceberg/index.ts';
import { definitionOf, typeOf } from '../../servers/lake/storage/table-definition.ts';
import type { LakeReader } from '../why/lake-reader.ts';

/** A table as the lake has it now, with the columns that `ingest` adds; undefined for one that is not there any more. */
export async function plainTable(lake: LakeReader, name: string): Promise<PlainTable | undefined> {
  if (!lake.tables().includes(name)) return undefined;
  const state = await lake.state(name);
  const { description, primary_key: primaryKey } = definitionOf(state);
  const columns = currentSchema(state.metadata).fields.map((field) => ({
    name: field.name,
    type: typeOf(field, state.metadata.properties),
    nullable: !field.required,
    description: field.doc,
  }));
  return { name, description, columns, primaryKey };
}
