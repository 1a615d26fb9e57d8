import type { Json, JsonObject } from '../../domain/json.ts';
import type { StepResult } from '../../domain/result.ts';
import type { TemplateScope } from '../../ports/template-engine.ts';
import type { RunContext } from '../runs/run-context.ts';
import type { WorkflowRun } from '../runs/workflow-run.ts';

/**
 * What templates of a workflow may see: `params`, `run`, and the results of earlier steps. Results are untrusted: a
 * tool or a model had a hand in them, and either may be repeating what a vendor's file says.
 */
export function workflowScope(
  { run, params, untrustedParams = false }: Pick<WorkflowRun, 'run' | 'params' | 'untrustedParams'>,
  results: ReadonlyMap<string, StepResult>,
): TemplateScope {
  const steps = [...results].map(([id, result]) => [id, asJson(result)] as const);
  return {
    values: { params, run: aboutRun(run), ...Object.fromEntries(steps) },
    untrusted: new Set([...results.keys(), ...(untrustedParams ? ['params'] : [])]),
  };
}

/** `{{ run.id }}` and `{{ run.startedAt }}`. */
export function aboutRun({ seenAs }: RunContext): JsonObject {
  return { id: seenAs.runId, startedAt: new Date(seenAs.startedAt).toISOString() };
}

/** The scope with further names in it, such as a `forEach` item. `trusted` says whether they may hold instructions. */
export function extendScope(scope: TemplateScope, names: JsonObject, trusted = false): TemplateScope {
  return {
    values: { ...scope.values, ...names },
    untrusted: trusted ? scope.untrusted : new Set([...scope.untrusted, ...Object.keys(names)]),
  };
}

/** Results are plain JSON by construction; the compiler cannot see it through optional fields. */
export function asJson(result: StepResult): Json {
  return result as unknown as Json;
}
