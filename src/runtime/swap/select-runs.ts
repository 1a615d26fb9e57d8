import type { LoadedPromptStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { type StepPath, stepOfPosition } from '../../domain/position.ts';
import type { Past, PastCall } from '../../engine/journal/past.ts';
import { foldRun } from '../../engine/runs/fold-run.ts';
import { promptSteps, stepChanges } from '../../engine/swap/same-step.ts';
import { isOfStep, type StepCase, stepCases } from '../../engine/swap/step-cases.ts';
import type { LeftOut } from '../../engine/swap/swap-report.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { AuditReader } from '../../ports/audit-log.ts';
import { openPast, recordedWorkflow } from '../rerun/open-past.ts';

export interface Selection {
  /** Ids of the workflow's runs, newest first. Read until enough are found. */
  readonly runIds: Iterable<string>;
  readonly last: number;
  /** The step as the files have it now. */
  readonly step: LoadedPromptStep;
  /** Runs whose prompt, contract, tools or settings were others count too. */
  readonly anyDefinition: boolean;
  /** What is wrong with the log of a run: nothing is built on a past that somebody has changed. */
  readonly problemOf?: (runId: string) => string | undefined;
}

export interface ChosenRun {
  readonly past: Past;
  readonly workflow: LoadedWorkflow;
  /** The models that the step asked. */
  readonly models: readonly string[];
  /** What the step came to, item by item. */
  readonly cases: ReadonlyMap<StepPath, StepCase>;
}

/** The last finished runs in which the step asked a model for real, and why others that were looked at are none. */
export function selectRuns(
  log: AuditReader,
  selection: Selection,
): { readonly chosen: readonly ChosenRun[]; readonly leftOut: readonly LeftOut[] } {
  const chosen: ChosenRun[] = [];
  const leftOut: LeftOut[] = [];
  for (const runId of selection.runIds) {
    if (chosen.length >= selection.last) break;
    const run = chooseRun(log, runId, selection);
    if (typeof run === 'string') leftOut.push({ runId, why: run });
    else chosen.push(run);
  }
  return { chosen, leftOut };
}

/** The run, or why it is left out. */
function chooseRun(log: AuditReader, runId: string, selection: Selection): ChosenRun | string {
  try {
    const past = openPast(log, runId);
    const { kind } = past.started?.origin ?? {};
    if (kind === 'replay' || kind === 'swap') return `it is a ${kind}`;
    const end = past.ended?.status ?? 'no end in the log';
    if (end !== 'ok') return `it did not end well (${end})`;
    const workflow = recordedWorkflow(past);
    if (!workflow) return 'it was made by a program: its code is not in the log';
    const why =
      otherStep(workflow, selection) ?? notLive(past, selection.step.id) ?? selection.problemOf?.(runId);
    if (why !== undefined) return why;
    const cases = casesOf(log, runId, selection.step.id);
    return { past, workflow, models: modelsOf(past, selection.step.id), cases };
  } catch (error) {
    if (AiworkflowError.is(error) && !error.code.startsWith('LOG_UN')) return error.message;
    throw error;
  }
}

/** The executions of a step in a run of the log. Throws TEXT_REDACTED for an answer that was taken out. */
export function casesOf(log: AuditReader, runId: string, step: string): ReadonlyMap<StepPath, StepCase> {
  const { load } = openPast(log, runId);
  return stepCases({ run: foldRun(runId, log.events(runId)), load }, step);
}

/** What was asked with another prompt, or had to keep another contract, tells little about the step as it is now. */
function otherStep(workflow: LoadedWorkflow, { step, anyDefinition }: Selection): string | undefined {
  const [recorded] = promptSteps(workflow, step.id);
  if (!recorded) return 'its workflow had no such step';
  if (anyDefinition) return undefined;
  const changes = stepChanges(recorded, step);
  return changes.length === 0 ? undefined : `the step was another one then (${changes.join(', ')})`;
}

function notLive(past: Past, id: string): string | undefined {
  const calls = modelCalls(past, id);
  if (calls.length === 0) return 'the step asked no model in it';
  const other = calls.find(({ ended }) => ended && ended.source !== 'live');
  return other?.ended && `its answers are not live ones (${other.ended.source})`;
}

const modelsOf = (past: Past, id: string): string[] => [
  ...new Set(modelCalls(past, id).map(({ begun }) => begun.name)),
];

/** The calls with which the step asked a model in the recorded run. */
export function modelCalls(past: Past, id: string): PastCall[] {
  return [...past.calls.values()].filter(
    ({ begun }) => begun.call === 'model' && isOfStep(stepOfPosition(begun.position), id),
  );
}
