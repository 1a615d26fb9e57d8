import { castSql } from './cast-sql.ts';
import { elementsSql } from './list-cast-sql.ts';

/**
 * SQL that is true for a value that can be cast, and would be another one then. A text is held to the rules of a load; of
 * anything else the way back tells.
 */
export function changesSql(value: string, { from, to }: { from: string; to: string }): string {
  const cast = `TRY_CAST(${value} AS ${to})`;
  const exact = exactSql(value, { from, to });
  const isOther = exact
    ? `(${exact}) IS DISTINCT FROM ${cast}`
    : `TRY_CAST(${cast} AS ${from}) IS DISTINCT FROM ${value}`;
  return `${cast} IS NOT NULL AND ${isOther}`;
}

const noOptions = { decimalSeparator: undefined, nullValues: [], dateFormats: [] };

function exactSql(value: string, { from, to }: { from: string; to: string }): string | undefined {
  if (from === 'VARCHAR[]' && to.endsWith('[]')) {
    const element = to.slice(0, -2);
    return elementsSql(`list_transform(${value}, lambda t: trim(t))`, { element, rules: noOptions }).values;
  }
  if (from !== 'VARCHAR' && from !== 'JSON') return undefined;
  const text = `trim(${from === 'JSON' ? `json_extract_string(${value}, '$')` : value})`;
  const { spelling } = castSql({ text, spelled: 'NULL', value: 'NULL' }, { type: to, rules: noOptions });
  return castSql({ text, spelled: `(${spelling})`, value: 'NULL' }, { type: to, rules: noOptions }).value;
}
