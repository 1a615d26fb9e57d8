import type { LeftOut } from '../../engine/swap/swap-report.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { SwapOptions } from './swap-step.ts';

/** Nothing is recorded that the candidate could be compared with. */
export function noRuns({ workflow, step }: SwapOptions, leftOut: readonly LeftOut[]): DefinitionError {
  return new DefinitionError({
    code: 'NO_RUNS_TO_COMPARE',
    message: `No finished run of "${workflow.id}" can tell how a model does in step "${step}": ${whatWasSeen(leftOut)}.`,
    hint: leftOut.some(({ why }) => why.startsWith('the step was another'))
      ? '--any-definition takes runs of other prompts and contracts too; or run the workflow first.'
      : `run the workflow first: aiworkflow run ${workflow.id}`,
    details: { leftOut: leftOut.map(({ runId, why }) => ({ runId, why })) },
  });
}

/** `3 were looked at (2 did not end well (failed), 1 is a replay)`. */
function whatWasSeen(leftOut: readonly LeftOut[]): string {
  if (leftOut.length === 0) return 'the log holds no run of it';
  const reasons = [...Map.groupBy(leftOut, ({ why }) => why)].map(([why, all]) => `${all.length}: ${why}`);
  return `${leftOut.length} looked at (${reasons.join('; ')})`;
}
