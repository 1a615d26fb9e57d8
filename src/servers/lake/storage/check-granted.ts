import { type Grants, noSuchTable } from '../grants.ts';
import { LakeFailure } from '../lake-failure.ts';
import { checkStatement } from './check-statement.ts';
import { toResultRows } from './result-values.ts';
import type { StoreSession } from './store-session.ts';
import { namesOf } from './table-names.ts';
import type { CheckedSelect } from './table-store.ts';

/**
 * One SELECT that a model or a person wrote, over the tables that the lake was granted: the only way by which such a text gets
 * to run, whether it is a statement or a rule's query. Tables that are not granted are not known, nor named in a failure.
 * @throws LakeFailure when it is no such SELECT, with what to write instead.
 */
export async function checkGranted(
  { session, warehouse, grants }: StoreSession,
  { sql, unseen }: { sql: string; unseen?: string },
): Promise<CheckedSelect> {
  const parser = {
    query: async (text: string, parameters: Readonly<Record<string, string>> = {}) =>
      toResultRows(await session.read(text, parameters)),
  };
  const tables = namesOf(warehouse).filter((table) => grants.mayRead(table));
  try {
    return await checkStatement({ warehouse, tables, parser, ...(unseen !== undefined && { unseen }) }, sql);
  } catch (error) {
    throw saidOfGranted(grants, error);
  }
}

/** "No table of the lake" would be untrue of a table that is there and not granted. */
function saidOfGranted({ isLimited }: Grants, error: unknown): unknown {
  const named = error instanceof LakeFailure && /^"([^"]*)" is no table of the lake/.exec(error.problem)?.[1];
  return isLimited && named ? noSuchTable(named) : error;
}
