import { type AuditFile, listRuns } from '../audit/sqlite/index.ts';
import { resolveParams } from '../definitions/resolve-params.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Json } from '../domain/json.ts';
import type { LoadedWorkflow } from '../domain/loaded-workflow.ts';
import { openPast } from '../runtime/rerun/open-past.ts';
import type { Runtime } from '../runtime.ts';
import { wrongUsage } from './wrong-usage.ts';

/** The newest run of the workflow, if it has not ended well; replays and swaps are no runs to go on with. */
export function newestUnfinished(
  runtime: Runtime,
  workflow: LoadedWorkflow,
  given: Record<string, unknown>,
): string | undefined {
  // The command line's log is always a file.
  const log = runtime.log as AuditFile;
  const [newest] = listRuns(log, { workflowId: workflow.id, resumable: true, limit: 1 });
  if (newest === undefined || newest.status === 'ok') return undefined;
  const { runId } = newest;
  const now = Object.keys(given).length > 0 ? resolveParams(workflow, given) : undefined;
  requireSameParams(runId, openPast(log, runId).started?.params ?? {}, now);
  return runId;
}

function requireSameParams(runId: string, then: Json, now: Json | undefined): void {
  if (now === undefined || canonicalJson(then) === canonicalJson(now)) return;
  throw wrongUsage(
    `Run ${runId} has not ended well, and it was made with other parameters.`,
    `\`aiworkflow resume ${runId}\` goes on with it; without --resume a new run begins; \`aiworkflow fork ${runId} --from <step> --param …\` changes a parameter.`,
  );
}
