import type { Json } from '../../domain/json.ts';
import type { LoadedStep } from '../../domain/loaded-workflow.ts';
import { itemPath, type StepPath } from '../../domain/position.ts';
import type { StepResult } from '../../domain/result.ts';
import type { TemplateSource } from '../../domain/template.ts';
import { firstFailure } from '../calls/recorded-failure.ts';
import { throwIfAborted } from '../runs/run-context.ts';
import { nothingSpent, type Spend, sumSpend } from '../runs/spend.ts';
import type { WorkflowRun } from '../runs/workflow-run.ts';
import { listOf } from './expression.ts';
import { endOfPast, mayBegin } from './may-begin.ts';
import { type Place, recordStep } from './record-step.ts';
import { extendScope } from './scope.ts';

interface Loop {
  readonly place: Place;
  readonly forEach: TemplateSource;
  readonly each: (item: Place) => Promise<StepResult>;
}

/**
 * The step once per item, at most `concurrency` at a time, results in the order of the items. When an item fails,
 * those that run are waited for (their calls are paid for and belong in the log) and no further one begins.
 */
export function runForEach(flow: WorkflowRun, step: LoadedStep, loop: Loop): Promise<StepResult> {
  return recordStep(flow, step, {
    place: loop.place,
    work: async () => {
      const items = listOf(flow.run.services.templates, loop.forEach, loop.place.scope);
      const results = await runItems(flow, step, { ...loop, items });
      const spent: Spend = results.reduce<Spend>(sumSpend, nothingSpent);
      return {
        response: results.map((result) => result.response),
        text: '',
        stopReason: 'end',
        ...spent,
        items: results,
      };
    },
  });
}

async function runItems(
  flow: WorkflowRun,
  step: LoadedStep,
  { items, place, each }: Loop & { readonly items: readonly Json[] },
): Promise<StepResult[]> {
  const { run } = flow;
  const results: StepResult[] = [];
  const failures: unknown[] = [];
  let next = 0;
  let beyond: StepPath | undefined;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      const path = itemPath(place.path, index);
      const item = items[index] ?? null;
      const scope = extendScope(place.scope, { [step.as]: item, index });
      try {
        if (!mayBegin(run, path, { failed: failures.length > 0 })) {
          beyond ??= path;
          return;
        }
        throwIfAborted(run.signal);
        results[index] = await each({ path, scope, item });
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(step.concurrency, items.length) }, worker));
  if (failures.length > 0) throw firstFailure(run, { around: place.path, failures });
  if (beyond !== undefined) throw endOfPast(run, beyond);
  return results;
}
