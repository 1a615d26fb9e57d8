import { type AuditFile, openAuditLog } from '../../../../src/audit/sqlite/index.ts';
import { withSources } from '../../../../src/cli/why/open-sources.ts';
import type { Question } from '../../../../src/cli/why/question.ts';
import type { Explanation } from '../../../../src/lineage/answer.ts';
import type { LakeProject } from './lake-project.ts';

/** What `aiworkflow why` finds out in the project, and with which options typed its commands are suggested. */
export async function why(
  project: LakeProject,
  question: Partial<Question> & { readonly table: string },
  { place = '' }: { readonly place?: string } = {},
): Promise<Explanation> {
  const log: AuditFile = openAuditLog({ file: project.log, durability: 'normal' });
  try {
    return await withSources({ log, cli: { env: {}, place }, places: { project: project.dir } }, (sources) =>
      sources.explain({ depth: 10, ...question }),
    );
  } finally {
    log.close();
  }
}
