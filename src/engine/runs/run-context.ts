import type { Settlement } from '../../domain/account.ts';
import type { AuditEvent, RunOverrides } from '../../domain/events.ts';
import type { StepPath } from '../../domain/position.ts';
import type { CostUsd } from '../../domain/usage.ts';
import { InterruptedError } from '../../errors/index.ts';
import type { HeldBudget } from '../budgets/accounts.ts';
import type { Journal } from '../journal/journal.ts';
import type { EngineServices } from './services.ts';

/** What every part of one run shares. */
export interface RunContext {
  readonly runId: string;
  readonly workflowId: string;
  readonly services: EngineServices;
  readonly journal: Journal;
  /** What its calls draw on, from the project's budgets to those of the innermost step. */
  readonly accounts: readonly HeldBudget[];
  readonly overrides?: RunOverrides;
  readonly signal: AbortSignal;
  /** What the run itself has paid, before it was resumed too. What its steps see as their cost is, in a replay, what it cost then. */
  readonly paid: { costUsd: CostUsd };
  /** Steps that have called a tool whose effects a second attempt would repeat. Grows as they do. */
  readonly touched: Set<StepPath>;
  /** What templates see as `run.id` and `run.startedAt` (milliseconds): of a replay those of the run that it repeats. */
  readonly seenAs: { readonly runId: string; readonly startedAt: number };
}

/** Queues the event; it is durable when the next commit resolves. What a resumed run has written already is passed over. */
export function emit(run: RunContext, event: AuditEvent, settlement?: Settlement): void {
  if (run.journal.isWritten(event)) return;
  run.services.log.append(run.runId, event, settlement);
  run.services.progress?.event(run.runId, event);
}

/** Throws what the signal was aborted with, if it is one of our errors (a wall-time limit), else INTERRUPTED. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError(signal);
}

export function abortError(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  if (reason instanceof Error && 'code' in reason && reason.name === 'LimitError') return reason;
  return new InterruptedError({
    code: 'INTERRUPTED',
    message: 'The run was interrupted.',
    hint: '`aiworkflow resume` with its id goes on with it; `aiworkflow show` says what was done until then.',
    cause: reason,
  });
}
