import type { Json } from '../../domain/json.ts';
import type { LoadedStep } from '../../domain/loaded-workflow.ts';
import { attemptPath, innerPath, roundPath, type StepPath } from '../../domain/position.ts';
import type { StepResult } from '../../domain/result.ts';
import type { TemplateSource } from '../../domain/template.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { TemplateScope } from '../../ports/template-engine.ts';
import { hold } from '../budgets/accounts.ts';
import { abortError } from '../runs/run-context.ts';
import { nothingSpent, type Spend, sumSpend } from '../runs/spend.ts';
import type { WorkflowRun } from '../runs/workflow-run.ts';
import { isTrue } from './expression.ts';
import { requireMayBegin } from './may-begin.ts';
import { type Place, recordStep } from './record-step.ts';
import { runCallStep } from './run-call-step.ts';
import { runForEach } from './run-for-each.ts';
import { runInnerWorkflow } from './run-inner-workflow.ts';
import { runPromptStep } from './run-prompt-step.ts';
import { runSteps } from './run-steps.ts';
import { asJson, extendScope } from './scope.ts';
import { showStep } from './show-hint.ts';

/** A step with everything that stands around its work, from the outside in: when, forEach, until, retry. */
export async function runStep(
  outer: WorkflowRun,
  step: LoadedStep,
  scope: TemplateScope,
): Promise<StepResult> {
  const place = { path: innerPath(outer.path, step.id), scope };
  const flow = withBudget(outer, step, place.path);
  if (step.when && !isTrue(flow.run.services.templates, step.when, scope))
    return skip(flow, step, place.path);
  const { forEach } = step;
  if (forEach) return runForEach(flow, step, { place, forEach, each: (item) => runRounds(flow, step, item) });
  return runRounds(flow, step, place);
}

/** Set around items, rounds and attempts: all of them draw on the step's budget. */
function withBudget(flow: WorkflowRun, step: LoadedStep, path: StepPath): WorkflowRun {
  if (step.budget === undefined) return flow;
  const held = hold(step.budget, { workflowId: flow.workflow.id, step: step.id, path });
  return { ...flow, run: { ...flow.run, accounts: [...flow.run.accounts, ...held] } };
}

/** `until`: the step again and again, each round seeing the one before, until the condition holds. */
async function runRounds(flow: WorkflowRun, step: LoadedStep, place: Place): Promise<StepResult> {
  const { until } = step;
  if (!until) return runAttempts(flow, step, place);
  return recordStep(flow, step, { place, work: () => runUntil(flow, step, { place, until }) });
}

async function runUntil(
  flow: WorkflowRun,
  step: LoadedStep,
  { place, until }: { readonly place: Place; readonly until: TemplateSource },
): Promise<StepResult> {
  let previous: StepResult | undefined;
  let spent: Spend = nothingSpent;
  for (let round = 1; round <= step.maxRounds; round++) {
    const names: Record<string, Json> = { round, previous: previous ? asJson(previous) : null };
    const inner = { path: roundPath(place.path, round), scope: extendScope(place.scope, names) };
    requireMayBegin(flow.run, inner.path);
    previous = await runAttempts(flow, step, inner);
    spent = sumSpend(spent, previous);
    const after = extendScope(inner.scope, { [step.id]: asJson(previous), previous: asJson(previous) });
    if (isTrue(flow.run.services.templates, until, after)) return { ...previous, ...spent, rounds: round };
  }
  throw roundsExhausted(step);
}

/** `retry`: a failed step is tried again from its beginning. Limits, interruption and definition errors are final. */
async function runAttempts(flow: WorkflowRun, step: LoadedStep, place: Place): Promise<StepResult> {
  const attempts = step.retry?.attempts ?? 1;
  for (let attempt = 1; ; attempt++) {
    const inner = { ...place, path: attemptPath(place.path, attempt) };
    try {
      return await recordStep(flow, step, { place: inner, work: () => runWork(flow, step, inner) });
    } catch (error) {
      const next = attemptPath(place.path, attempt + 1);
      if (flow.run.journal.step(next)) continue;
      if (attempt >= attempts || isFinal(error) || hasTouched(flow, inner.path)) throw error;
      requireMayBegin(flow.run, next);
      const delayMs = (step.retry?.delayMs ?? 0) * 2 ** (attempt - 1);
      await flow.run.services.clock.sleep(delayMs, flow.run.signal).catch(() => {
        throw abortError(flow.run.signal);
      });
    }
  }
}

function runWork(flow: WorkflowRun, step: LoadedStep, place: Place): Promise<StepResult> {
  if (step.kind === 'prompt') return runPromptStep(flow, step, place);
  if (step.kind === 'call') return runCallStep(flow, step, place);
  return runInnerWorkflow(flow, step, { place, run: (inner) => runSteps(inner, runStep) });
}

/** The attempt, or a step inside it, has called a tool with effects: a second attempt would do it all again. */
function hasTouched(flow: WorkflowRun, path: StepPath): boolean {
  return [...flow.run.touched].some((touched) => touched === path || touched.startsWith(`${path}/`));
}

function isFinal(error: unknown): boolean {
  if (!AiworkflowError.is(error)) return false;
  return error.name !== 'ModelError' && error.name !== 'AnswerError' && error.code !== 'TOOL_FAILED';
}

function skip(flow: WorkflowRun, step: LoadedStep, path: StepPath): Promise<StepResult> {
  const result: StepResult = { ...nothingSpent, response: null, text: '', stopReason: 'skipped' };
  return recordStep(flow, step, { place: { path, scope: emptyScope }, work: async () => result });
}

const emptyScope: TemplateScope = { values: {}, untrusted: new Set() };

function roundsExhausted(step: LoadedStep): AiworkflowError {
  return new AiworkflowError({
    code: 'ROUNDS_EXHAUSTED',
    message: `Step "${step.id}" is not done after ${step.maxRounds} rounds: \`until\` never became true.`,
    location: step.until?.origin ?? step.location,
    hint: `${showStep(step.id)} shows each round. Raise maxRounds, or mend the prompt or the condition.`,
  });
}
