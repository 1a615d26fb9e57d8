import { canonicalJson } from '../domain/canonical-json.ts';
import type { RunStarted } from '../domain/events.ts';
import type { Json } from '../domain/json.ts';
import type { Budget } from '../domain/limits.ts';
import { AiworkflowError, failureRecord } from '../errors/index.ts';
import { openBudget } from './budget.ts';
import { emptyJournal, type Journal } from './journal.ts';
import { failedStatus } from './record-step.ts';
import { emit, type RunContext } from './run-context.ts';
import type { EngineServices } from './services.ts';

export interface RunStart extends Omit<RunStarted, 'type' | 'at' | 'program' | 'definition'> {
  readonly runId?: string;
  /** The loaded definition; its canonical JSON is kept in the log. */
  readonly definition?: Json;
  readonly budget?: Budget;
  readonly journal?: Journal;
  readonly signal?: AbortSignal;
}

/**
 * A run from its first event to its last. When `work` throws, the log says how the run ended and the error goes on
 * with the run's id on it. When the log itself fails there is nothing left to write to: that error is the one thrown.
 */
export async function recordRun<Value>(
  services: EngineServices,
  start: RunStart,
  work: (run: RunContext) => Promise<{ readonly value: Value; readonly result: Json }>,
): Promise<Value> {
  const run = beginRun(services, start);
  try {
    const { value, result } = await work(run);
    const stored = services.log.store(canonicalJson(result));
    emit(run, { type: 'run-ended', at: services.clock.now(), status: 'ok', result: stored });
    await services.log.commit();
    return value;
  } catch (error) {
    await recordFailure(run, error);
    throw error;
  }
}

function beginRun(services: EngineServices, start: RunStart): RunContext {
  const { runId = services.ids.runId(), definition, budget, journal, signal, ...event } = start;
  const startedAt = services.clock.now();
  const run: RunContext = {
    runId,
    services,
    journal: journal ?? emptyJournal,
    budget: openBudget(budget),
    signal: signal ?? new AbortController().signal,
    touched: new Set(),
    startedAt,
  };
  emit(run, {
    type: 'run-started',
    at: startedAt,
    ...event,
    ...(definition !== undefined && { definition: services.log.store(canonicalJson(definition)) }),
    program: services.program,
  });
  return run;
}

async function recordFailure(run: RunContext, error: unknown): Promise<void> {
  if (AiworkflowError.is(error)) error.runId ??= run.runId;
  if (AiworkflowError.is(error) && error.code.startsWith('LOG_')) return;
  const { clock, log } = run.services;
  const status = failedStatus(run, error);
  emit(run, { type: 'run-ended', at: clock.now(), status, error: failureRecord(error) });
  await log.commit();
}
