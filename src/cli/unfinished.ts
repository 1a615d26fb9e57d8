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
  for (const { runId } of listRuns(runtime.log as AuditFile, { workflowId: workflow.id, limit: 50 })) {
    const { started, ended } = openPast(runtime.log, runId);
    if (started?.origin && started.origin.kind !== 'fork') continue;
    if (ended?.status === 'ok') return undefined;
    requireSameParams(
      runId,
      started?.params ?? {},
      Object.keys(given).length > 0 ? resolveParams(workflow, given) : undefined,
    );
    return runId;
  }
  return undefined;
}

function requireSameParams(runId: string, then: Json, now: Json | undefined): void {
  if (now === undefined || canonicalJson(then) === canonicalJson(now)) return;
  throw wrongUsage(
    `Run ${runId} has not ended well, and it was made with other parameters.`,
    `\`aiworkflow resume ${runId}\` goes on with it; without --resume a new run begins; \`aiworkflow fork ${runId} --from <step> --param …\` changes a parameter.`,
  );
}
