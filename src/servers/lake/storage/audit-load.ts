import { LakeFailure } from '../lake-failure.ts';
import type { AuditResult, Quarantine } from '../quality/audit-rows.ts';
import { auditCandidate } from './audit-candidate.ts';
import { auditColumnNames } from './audit-columns.ts';
import type { CheckedFile } from './check-file.ts';
import { earlyRowsSql } from './early-rows.ts';
import { candidateNumber, candidateSql } from './load-sql.ts';
import type { StoreSession } from './store-session.ts';
import type { LoadRequest } from './table-store.ts';

/**
 * Judges the rows that would be loaded, and fills the temporary table `quarantined` with the numbers of those that are set
 * aside.
 * @throws LakeFailure when a rule stops the load.
 */
export async function auditLoad(
  at: StoreSession,
  { request, checked }: { request: LoadRequest; checked: CheckedFile },
): Promise<readonly AuditResult[] | undefined> {
  const { definition, rules } = request;
  await at.session.run(
    'CREATE OR REPLACE TEMP TABLE quarantined (n BIGINT, reason VARCHAR, col VARCHAR, detail VARCHAR)',
  );
  if (rules === undefined) return undefined;
  const early = earlyRowsSql(checked.early);
  const names = [...definition.columns.map(({ name }) => name), ...auditColumnNames];
  const candidate = {
    relation: candidateSql(definition, { origin: checked.origin, early }),
    table: definition.table,
    columns: names.map((name) => ({ name })),
    key: definition.primary_key.length > 0 ? definition.primary_key : ['_source_line'],
    order: candidateNumber,
  };
  const { results, quarantine } = await auditCandidate(at, { candidate, rules });
  if (quarantine) await setAside(at, { ...quarantine, number: early === undefined ? 'n' : 'line' });
  return results;
}

/** Rows that were written early break no rule that sets rows aside, so each one is found among the others. */
async function setAside(
  { session }: StoreSession,
  { judged, rows, number }: Quarantine & { number: string },
): Promise<void> {
  await session.run(
    `INSERT INTO quarantined SELECT n, _quality_reason, nullif(_quality_column, ''), _quality_detail
     FROM ${judged} AS judged JOIN accepted ON accepted.${number} = judged.${candidateNumber} WHERE _quality_reason IS NOT NULL`,
  );
  if ((await session.number('SELECT count(*) FROM quarantined')) === rows) return;
  throw new LakeFailure(
    'The load does not reconcile: a row that was to be set aside is written. Nothing was kept.',
  );
}
