import { type Audit, auditRows } from '../quality/audit-rows.ts';
import type { Candidate } from '../quality/candidate.ts';
import type { QualityRule } from '../quality/rule.ts';
import { schemaOf } from './audit-columns.ts';
import { checkGranted } from './check-granted.ts';
import { quoteName, quoteTable } from './quote-sql.ts';
import { toResultRows } from './result-values.ts';
import type { StoreSession } from './store-session.ts';
import type { Query, ResultRows } from './table-store.ts';
import { openViews } from './table-views.ts';

/**
 * Judges rows that are not written yet. A rule's own query sees them where it names their table, and other tables, of those
 * that the lake was granted, as they are.
 * @throws LakeFailure when a rule stops the write.
 */
export async function auditCandidate(
  at: StoreSession,
  { candidate, rules }: { candidate: Candidate; rules: readonly QualityRule[] },
): Promise<Audit> {
  const read: Query = async (sql, parameters) => toResultRows(await at.session.read(sql, parameters));
  const reader = {
    read,
    readQuery: (sql: string, shown: Candidate) => readQuery(at, { shown, sql, read }),
  };
  return auditRows(reader, { candidate, rules });
}

async function readQuery(
  at: StoreSession,
  { shown, sql, read }: { shown: Candidate; sql: string; read: Query },
): Promise<ResultRows> {
  const select = await checkGranted(at, { sql, unseen: shown.table });
  await openViews(
    at,
    select.tables.filter(({ name, at: moment }) => name !== shown.table || moment !== undefined),
  );
  const schema = quoteName(schemaOf(shown.table));
  await at.session.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await at.session.run(
    `CREATE OR REPLACE VIEW ${quoteTable(shown.table)} AS SELECT * FROM ${shown.relation}`,
  );
  return read(`SELECT * FROM (${select.sql}\n) LIMIT 2`);
}
