import { quoteName } from '../quote.ts';
import type { Schema } from '../schema/types.ts';
import type { SqlEngine } from '../sql-engine.ts';

/** Columns that have one value in all rows of a SELECT, as SQL; by their names in lower case. */
export type ConstantColumns = ReadonlyMap<string, string>;

/** The values of those of them that are strings, by the names of the table's columns. NULL is none of them. */
export type ConstantTexts = ReadonlyMap<string, string>;

export async function constantTexts(
  engine: SqlEngine,
  { schema, constants }: { schema: Schema; constants: ConstantColumns },
): Promise<ConstantTexts> {
  const columns = schema.fields.flatMap(({ name, type }) => {
    const sql = type === 'string' ? constants.get(name.toLowerCase()) : undefined;
    return sql === undefined ? [] : [{ name, sql }];
  });
  if (columns.length === 0) return new Map();
  const values = columns.map(({ name, sql }) => `CAST(${sql} AS VARCHAR) AS ${quoteName(name)}`);
  const [row = {}] = await engine.run(`SELECT ${values.join(', ')}`);
  return new Map(
    columns.flatMap(({ name }) => {
      const text = row[name];
      return typeof text === 'string' ? [[name, text]] : [];
    }),
  );
}
