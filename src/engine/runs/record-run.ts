import { canonicalJson } from '../../domain/canonical-json.ts';
import type { RunStarted } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import type { Budgets } from '../../domain/limits.ts';
import { AiworkflowError, failureRecord } from '../../errors/index.ts';
import { type HeldBudget, hold } from '../budgets/accounts.ts';
import { emptyJournal, type Journal } from '../journal/journal.ts';
import { failedStatus } from '../steps/record-step.ts';
import { emit, type RunContext } from './run-context.ts';
import type { EngineServices } from './services.ts';

export interface RunStart extends Omit<RunStarted, 'type' | 'at' | 'program' | 'definition'> {
  readonly runId?: string;
  /** The run is in the log already, and goes on: its first event. */
  readonly resumes?: RunStarted;
  /** The loaded definition; its canonical JSON is kept in the log. */
  readonly definition?: Json;
  /** The workflow's own. */
  readonly budget?: Budgets;
  /** The project's: holds beside it. */
  readonly projectBudget?: Budgets;
  /** Further budgets that the run's calls draw on: a swap's, for its replays. */
  readonly accounts?: readonly HeldBudget[];
  readonly journal?: Journal;
  readonly signal?: AbortSignal;
}

export interface RunOutcome<Value> {
  readonly value: Value;
  readonly result: Json;
  /** What ended the run early, when it has a result all the same: as far as it came. */
  readonly cut?: Error;
}

/**
 * A run from its first event to its last. When `work` throws, the log says how the run ended and the error goes on
 * with the run's id on it. When the log itself fails there is nothing left to write to: that error is the one thrown.
 */
export async function recordRun<Value>(
  services: EngineServices,
  start: RunStart,
  work: (run: RunContext) => Promise<RunOutcome<Value>>,
): Promise<Value> {
  const run = beginRun(services, start);
  try {
    const { value, result, cut } = await work(run);
    const stored = services.log.store(canonicalJson(result));
    const end = cut
      ? { status: failedStatus(run, { path: '', error: cut }), error: failureRecord(cut) }
      : ({ status: 'ok' } as const);
    emit(run, { type: 'run-ended', at: services.clock.now(), ...end, result: stored });
    await services.log.commit();
    return value;
  } catch (error) {
    await recordFailure(run, error);
    throw error;
  }
}

function beginRun(services: EngineServices, start: RunStart): RunContext {
  const { runId = services.ids.runId(), definition, journal, signal, resumes, ...rest } = start;
  const { budget, projectBudget, accounts, ...event } = rest;
  const startedAt = services.clock.now();
  const stored = definition === undefined ? undefined : services.log.store(canonicalJson(definition));
  const run: RunContext = {
    runId,
    services,
    journal: journal ?? emptyJournal,
    workflowId: event.workflowId,
    accounts: [
      ...(accounts ?? []),
      ...hold(projectBudget, { path: '' }),
      ...hold(budget, { workflowId: event.workflowId, path: '' }),
    ],
    ...(event.overrides && { overrides: event.overrides }),
    signal: signal ?? new AbortController().signal,
    paid: { costUsd: journal?.paidUsd ?? 0 },
    touched: new Set(),
    seenAs: resumes?.seenAs ?? event.seenAs ?? { runId, startedAt: resumes?.at ?? startedAt },
  };
  const { program } = services;
  if (resumes)
    emit(run, { type: 'run-resumed', at: startedAt, program, ...changesOf(start, resumes, stored) });
  else
    emit(run, {
      type: 'run-started',
      at: startedAt,
      ...event,
      ...(stored !== undefined && { definition: stored }),
      program,
    });
  return run;
}

/** What is not as it was when the run began. */
function changesOf({ models, overrides }: RunStart, resumes: RunStarted, definition: Hash | undefined) {
  return {
    ...(definition !== undefined && definition !== resumes.definition && { definition }),
    ...(models && { models }),
    ...(overrides && { overrides }),
  };
}

async function recordFailure(run: RunContext, error: unknown): Promise<void> {
  if (AiworkflowError.is(error)) error.runId ??= run.runId;
  // A text that is missing from a past ends the run like any failure; into a log that is broken nothing can be written.
  if (AiworkflowError.is(error) && error.code === 'LOG_UNWRITABLE') return;
  const { clock, log } = run.services;
  const status = failedStatus(run, { path: '', error });
  emit(run, { type: 'run-ended', at: clock.now(), status, error: failureRecord(error) });
  await log.commit();
}
