import { type EffectiveLimits, effectiveLimits, type Limits } from '../../domain/limits.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** From the project's to the step's own, and over all of them what was typed for this part of the run. */
export function limitsOfStep(
  flow: WorkflowRun,
  step: { readonly limits?: Limits | undefined },
): EffectiveLimits {
  return effectiveLimits(flow.limits, flow.workflow.limits, step.limits, flow.run.overrides?.limits);
}
