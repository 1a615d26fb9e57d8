import type { LoadedStep } from '../../domain/loaded-workflow.ts';
import { innerPath, type StepPath } from '../../domain/position.ts';
import type { StepResult } from '../../domain/result.ts';
import type { TemplateScope } from '../../ports/template-engine.ts';
import { firstFailure } from '../calls/recorded-failure.ts';
import { throwIfAborted } from '../runs/run-context.ts';
import type { WorkflowRun } from '../runs/workflow-run.ts';
import { endOfPast, mayBegin } from './may-begin.ts';
import { workflowScope } from './scope.ts';

/** How one step is run; an argument, because a step may itself run steps. */
export type StepRunner = (flow: WorkflowRun, step: LoadedStep, scope: TemplateScope) => Promise<StepResult>;

/**
 * All steps of a workflow, each as soon as what it refers to is there. After a failure nothing new begins; what
 * runs is waited for, and the first failure is thrown. In a replay it is not the clock that decides what had begun.
 */
export async function runSteps(
  flow: WorkflowRun,
  runOne: StepRunner,
): Promise<ReadonlyMap<string, StepResult>> {
  const results = new Map<string, StepResult>();
  const ended = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  let beyond: StepPath | undefined;

  const runWhenReady = async (step: LoadedStep): Promise<void> => {
    await Promise.all(step.needs.map((need) => ended.get(need)));
    // In a replay the step may have begun then: without what it needs it would fail with words that say nothing.
    if (step.needs.some((need) => ended.has(need) && !results.has(need))) return;
    const path = innerPath(flow.path, step.id);
    try {
      if (!mayBegin(flow.run, path, { failed: failures.length > 0 })) {
        beyond ??= path;
        return;
      }
      throwIfAborted(flow.run.signal);
      results.set(step.id, await runOne(flow, step, scopeFor(flow, step, results)));
    } catch (error) {
      failures.push(error);
    }
  };

  // Definitions are sorted by their needs when they are loaded, so every need is in the map before it is asked for.
  for (const step of inOrder(flow.workflow.steps)) ended.set(step.id, runWhenReady(step));
  await Promise.all(ended.values());
  if (failures.length > 0) throw firstFailure(flow.run, { around: flow.path, failures });
  if (beyond !== undefined) throw endOfPast(flow.run, beyond);
  return results;
}

/** A step sees the results that it needs and no other: what happens to be there must not change a prompt. */
function scopeFor(
  flow: WorkflowRun,
  step: LoadedStep,
  results: ReadonlyMap<string, StepResult>,
): TemplateScope {
  const needed = [...results].filter(([id]) => step.needs.includes(id));
  return workflowScope(flow, new Map(needed));
}

/** Needs before those who need them. Loading has refused cycles, so this ends. */
function inOrder(steps: readonly LoadedStep[]): LoadedStep[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const sorted = new Set<LoadedStep>();
  const visit = (step: LoadedStep): void => {
    if (sorted.has(step)) return;
    for (const need of step.needs) {
      const needed = byId.get(need);
      if (needed) visit(needed);
    }
    sorted.add(step);
  };
  for (const step of steps) visit(step);
  return [...sorted];
}
