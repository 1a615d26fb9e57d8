import { jsonDifferences } from '../../domain/json-difference.ts';
import type { StepPath } from '../../domain/position.ts';
import { compareResults, compareStepAnswers } from './compare-answers.ts';
import { compareTrajectories } from './compare-calls.ts';
import { type ComparedRun, type Side, spent, stepsOf } from './compared-run.ts';
import { firstDivergence } from './first-divergence.ts';
import type { CallDivergence, RunComparison, RunFacts, StepComparison } from './run-comparison.ts';

/**
 * Two runs step by step: what they answered, which calls they made, what they used, and the first call in which they
 * part. Pure, and linear in the number of calls. `step` limits it to one step with its items, rounds and inner steps.
 */
export function compareRuns(
  a: ComparedRun,
  b: ComparedRun,
  { step }: { readonly step?: StepPath } = {},
): RunComparison {
  const steps = compareSteps(a, b, step);
  const result = step === undefined ? compareResults(a, b) : null;
  const sameEnd = step !== undefined || a.run.status === b.run.status;
  const sameResult = result === null || result.state === 'equal' || result.state === 'none';
  return {
    a: factsOf(a),
    b: factsOf(b),
    equal: sameEnd && sameResult && steps.every(({ equal }) => equal),
    notes: notesOn(a, b),
    params: jsonDifferences(a.run.started?.params ?? {}, b.run.started?.params ?? {}),
    result,
    firstDivergence: earliest(steps),
    steps,
  };
}

/** In the order of the first run; steps of the second alone come where it made them. */
function compareSteps(a: ComparedRun, b: ComparedRun, only: StepPath | undefined): StepComparison[] {
  const [stepsA, stepsB] = [stepsOf(a), stepsOf(b)];
  const paths = new Set([...stepsA.keys(), ...stepsB.keys()]);
  return [...paths].flatMap((path) => {
    if (only !== undefined && !isWithin(path, only)) return [];
    const sideA = { run: a, step: stepsA.get(path) };
    const sideB = { run: b, step: stepsB.get(path) };
    const state = (sideA.step ?? sideB.step)?.state;
    return state ? [compareStep(path, state.kind, { a: sideA, b: sideB })] : [];
  });
}

const isWithin = (path: StepPath, step: StepPath): boolean =>
  path === step || (path.startsWith(step) && '[~/'.includes(path.charAt(step.length)));

interface Sides {
  readonly a: Side;
  readonly b: Side;
}

function compareStep(step: StepPath, kind: StepComparison['kind'], { a, b }: Sides): StepComparison {
  const answer = compareStepAnswers(a, b);
  const divergence = firstDivergence(a, b);
  const status = { a: a.step?.state.status ?? null, b: b.step?.state.status ?? null };
  const sameAnswer = answer.state === 'equal' || answer.state === 'none';
  return {
    step,
    kind,
    equal: status.a === status.b && sameAnswer && divergence === null,
    status,
    model: { a: a.step?.state.model ?? null, b: b.step?.state.model ?? null },
    answer,
    calls: compareTrajectories(a, b),
    firstDivergence: divergence,
    spent: { a: a.step?.spent ?? null, b: b.step?.spent ?? null },
  };
}

/** By when its call began: in the first run, or in the second when that one alone made it. */
function earliest(steps: readonly StepComparison[]): CallDivergence | null {
  const found = steps.flatMap((step) => step.firstDivergence ?? []);
  const began = ({ a, b }: CallDivergence): number => (a ?? b)?.number ?? 0;
  return found.sort((one, other) => began(one) - began(other))[0] ?? null;
}

function factsOf({ run }: ComparedRun): RunFacts {
  const { runId, started, status } = run;
  return {
    runId,
    workflowId: started?.workflowId ?? null,
    status,
    startedAt: started?.at ?? null,
    parentRunId: started?.parentRunId ?? null,
    spent: spent({ ...run, ...(started && { startedAt: started.at }) }, [...run.calls.values()]),
  };
}

function notesOn({ run: a }: ComparedRun, { run: b }: ComparedRun): string[] {
  if (a.runId === b.runId) return ['Both are the same run.'];
  const [one, other] = [a.started, b.started];
  const otherWorkflow = one?.workflowId !== other?.workflowId;
  const changed = one?.definition !== other?.definition;
  const unfinished = [a, b].filter((run) => run.status === 'running').map((run) => run.runId);
  return [
    ...(otherWorkflow
      ? ['They are runs of different workflows: steps with the same name are compared.']
      : changed
        ? ['The workflow, its prompts or its contracts were changed between the two runs.']
        : []),
    ...unfinished.map(
      (runId) =>
        `Run ${runId} has no end in the log: it goes on, or it died. Compared is what it has done so far.`,
    ),
  ];
}
