import { listCast } from './list-cast-sql.ts';
import { type CastSql, type CellNames, scalarCast } from './scalar-cast-sql.ts';
import type { CastRules } from './table-store.ts';

export { type CellNames, cleanText } from './scalar-cast-sql.ts';

/** How one column of a load is made from its text, whatever its type. */
export function castSql(names: CellNames, how: { type: string; rules: CastRules }): CastSql {
  return how.type.endsWith('[]') ? listCast(names, how) : scalarCast(names, how);
}
