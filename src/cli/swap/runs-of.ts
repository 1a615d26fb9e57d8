import { type AuditFile, listRuns, verifyRun } from '../../audit/sqlite/index.ts';
import type { Runtime } from '../../runtime.ts';

/** Of a workflow that ran ten thousand times nobody waits for all. */
const lookedAtMost = 1000;

/** The workflow's runs, newest first, each checked before anything is built on it. */
export function runsOf(
  { log }: Runtime,
  workflowId: string,
): { readonly runIds: readonly string[]; readonly problemOf: (runId: string) => string | undefined } {
  // The command line's log is always a file.
  const file = log as AuditFile;
  return {
    runIds: listRuns(file, { workflowId, limit: lookedAtMost }).map(({ runId }) => runId),
    problemOf(runId) {
      const { runs, problems } = verifyRun(file, runId);
      const [first] = [...problems, ...runs.flatMap((run) => run.problems)];
      return first && `it does not verify: ${first.what}`;
    },
  };
}
