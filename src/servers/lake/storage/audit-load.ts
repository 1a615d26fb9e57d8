import type { AuditResult } from '../quality/audit-rows.ts';
import { auditCandidate } from './audit-candidate.ts';
import { auditColumnNames } from './audit-columns.ts';
import { candidateNumber, candidateSql, type LoadOrigin } from './load-sql.ts';
import type { StoreSession } from './store-session.ts';
import type { LoadRequest } from './table-store.ts';

/**
 * Judges the rows that would be loaded, and fills the temporary table `quarantined` with the numbers of those that are set
 * aside.
 * @throws LakeFailure when a rule stops the load.
 */
export async function auditLoad(
  at: StoreSession,
  { request, origin, rowsEarly }: { request: LoadRequest; origin: LoadOrigin; rowsEarly: number },
): Promise<readonly AuditResult[] | undefined> {
  const { definition, rules } = request;
  await at.session.run(
    'CREATE OR REPLACE TEMP TABLE quarantined (n BIGINT, reason VARCHAR, col VARCHAR, detail VARCHAR)',
  );
  if (rules === undefined) return undefined;
  const names = [...definition.columns.map(({ name }) => name), ...auditColumnNames];
  const candidate = {
    relation: candidateSql(definition, origin),
    table: definition.table,
    columns: names.map((name) => ({ name })),
    key: definition.primary_key.length > 0 ? definition.primary_key : ['_source_line'],
    soundRows: rowsEarly,
    order: candidateNumber,
  };
  const { results, quarantine } = await auditCandidate(at, { candidate, rules });
  if (quarantine) {
    await at.session.run(
      `INSERT INTO quarantined SELECT ${candidateNumber}, _quality_reason, nullif(_quality_column, ''), _quality_detail
       FROM ${quarantine.judged} WHERE _quality_reason IS NOT NULL`,
    );
  }
  return results;
}
