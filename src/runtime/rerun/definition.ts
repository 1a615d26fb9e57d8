import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { Past } from '../../engine/journal/past.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { Runtime } from '../../runtime.ts';
import { loadWorkflow } from '../load-workflow.ts';
import { recordedWorkflow } from './open-past.ts';

/**
 * The workflow that a recorded run is repeated with: as the files say now, or as it was recorded.
 * Throws RUN_NOT_RESUMABLE for the run of a program, WORKFLOW_UNKNOWN when its file has vanished.
 */
export async function workflowOf(
  runtime: Runtime,
  past: Past,
  { asRecorded }: { readonly asRecorded: boolean },
): Promise<LoadedWorkflow> {
  const recorded = recordedWorkflow(past);
  if (!recorded) throw madeByProgram(past);
  if (asRecorded) return recorded;
  if (!existsSync(resolve(runtime.projectDir, recorded.file))) throw vanished(past, recorded);
  return loadWorkflow(runtime, recorded.file);
}

function madeByProgram({ runId, started }: Past): DefinitionError {
  if (started?.origin?.kind === 'swap')
    return new DefinitionError({
      code: 'RUN_NOT_RESUMABLE',
      message: `Run ${runId} is a swap: it compares other runs, and makes no call of its own.`,
      hint: `\`aiworkflow show ${runId} --result\` names the runs that it compared; \`aiworkflow swap\` makes it anew.`,
    });
  const id = started?.workflowId ?? '';
  return new DefinitionError({
    code: 'RUN_NOT_RESUMABLE',
    message: `Run ${runId} was made by a program ("${id}"), and its code is not in the log.`,
    hint: `run that program with the past: execute({ …, past: { resume: '${runId}' } }) or workflow('${id}', work, { past: { resume: '${runId}' } }); replay and fork go the same way.`,
  });
}

function vanished({ runId }: Past, { id, file }: LoadedWorkflow): DefinitionError {
  return new DefinitionError({
    code: 'WORKFLOW_UNKNOWN',
    message: `The file of workflow "${id}" is gone: ${file}.`,
    hint: `--as-recorded uses the definition that run ${runId} was made with; it is in the log, with its prompts and contracts.`,
  });
}
