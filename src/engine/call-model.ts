import type { AssistantMessage } from '../domain/message.ts';
import type { ModelResponse } from '../domain/model.ts';
import { modelPosition } from '../domain/position.ts';
import { type CostUsd, noUsage } from '../domain/usage.ts';
import { AiworkflowError, type ErrorCode, ModelError } from '../errors/index.ts';
import type { BudgetLedger, Reservation } from './budget.ts';
import { type Conversation, joinStored, storeMessage, takeAdded } from './conversation.ts';
import { type Completed, perform } from './perform.ts';
import type { PromptFrame } from './prompt-frame.ts';
import { mayRetry, retryDelayMs, spreadOf } from './retry.ts';
import { abortError, throwIfAborted } from './run-context.ts';
import type { StepContext } from './step-context.ts';

/** What the loop needs of an answer. */
export type Answer = Pick<ModelResponse, 'message' | 'stopReason' | 'stopDetail'>;

/**
 * One turn's model call: budget, log, provider, and the answer joined to the conversation. A transient failure is
 * tried again; every attempt is a call of its own in the log, with the reason for the next one.
 */
export async function callModel(
  step: StepContext,
  frame: PromptFrame,
  conversation: Conversation,
): Promise<Answer> {
  step.meter.beginTurn();
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(step.signal);
    try {
      return await attemptCall(step, { frame, conversation, attempt });
    } catch (error) {
      if (step.signal.aborted) throw abortError(step.signal);
      if (!(error instanceof ModelError) || !mayRetry(error, attempt, step.limits.modelRetries)) throw error;
      await waitBeforeRetry(step, error, attempt);
    }
  }
}

interface Attempt {
  readonly frame: PromptFrame;
  readonly conversation: Conversation;
  readonly attempt: number;
}

async function attemptCall(step: StepContext, { frame, conversation, attempt }: Attempt): Promise<Answer> {
  const { services, budget } = step.run;
  const position = modelPosition(step.path, step.meter.turns, attempt);
  const fingerprint = services.hash(`${frame.hash}\n${conversation.tip}`);
  let reservation: Reservation | undefined;
  const answer = await perform<StoredAnswer>(
    step.run,
    {
      position,
      call: 'model',
      name: frame.client.id,
      fingerprint,
      request: frame.hash,
      added: takeAdded(conversation),
      ...(attempt > 1 && { attempt }),
    },
    {
      source: frame.client.source,
      admit() {
        reservation = reserve(step, frame, conversation);
      },
      async live() {
        const response = await frame.client.generate(requestOf(frame, conversation), {
          signal: step.signal,
          runId: step.run.runId,
          position,
          fingerprint,
          idleTimeoutMs: step.limits.modelTimeoutMs,
          ...listener(step, position),
        });
        return complete(step, frame, response, { reservation, budget });
      },
      failed(error) {
        const costUsd = costOfFailure(frame, error);
        step.meter.countModelCall(noUsage, costUsd);
        if (costUsd === null) reservation?.settle(undefined, null);
        else reservation?.release();
        return { costUsd };
      },
      revive(ended, load) {
        const message = JSON.parse(load(ended.result ?? '')) as AssistantMessage;
        step.meter.countModelCall(ended.usage ?? noUsage, 0);
        return { message, stopReason: ended.stopReason ?? 'end', ...storeMessage(services, message) };
      },
    },
  );
  joinStored(services, conversation, answer);
  return answer;
}

type StoredAnswer = Answer & ReturnType<typeof storeMessage>;

function complete(
  step: StepContext,
  frame: PromptFrame,
  response: ModelResponse,
  ledger: { readonly reservation: Reservation | undefined; readonly budget: BudgetLedger },
): Completed<StoredAnswer> {
  const stored = storeMessage(step.run.services, response.message);
  const costUsd = priceOf(step, frame, response);
  if (!ledger.reservation) ledger.budget.book(response.usage, costUsd);
  else ledger.reservation.settle(response.usageUnknown ? undefined : response.usage, costUsd);
  step.meter.countModelCall(response.usage, costUsd);
  const { message, stopReason, stopDetail, usage, resolvedModel, providerId } = response;
  return {
    value: { message, stopReason, ...(stopDetail !== undefined && { stopDetail }), ...stored },
    record: {
      status: 'ok',
      result: stored.hash,
      ...(!response.usageUnknown && { usage }),
      costUsd,
      stopReason,
      ...(resolvedModel !== undefined && resolvedModel !== frame.client.id && { resolvedModel }),
      ...(providerId !== undefined && { providerId }),
    },
  };
}

function priceOf(step: StepContext, frame: PromptFrame, response: ModelResponse): CostUsd {
  if (frame.client.source === 'recorded') return 0;
  if (response.usageUnknown) return null;
  return step.run.services.prices.cost(frame.client.id, response.usage, step.run.services.clock.now());
}

/**
 * A request that was sent and broke off may be charged for, and nobody says how much. What the provider refused before
 * it answered costs nothing.
 */
function costOfFailure(frame: PromptFrame, error: unknown): CostUsd {
  if (frame.client.source === 'recorded') return 0;
  return AiworkflowError.is(error) && neverCharged.has(error.code) ? 0 : null;
}

/** Anything that is not in this list counts as charged: a failure that nobody foresaw must not pass for free. */
const neverCharged: ReadonlySet<ErrorCode> = new Set([
  'MODEL_RATE_LIMITED',
  'MODEL_OVERLOADED',
  'MODEL_SERVER_ERROR',
  'MODEL_UNREACHABLE',
  'MODEL_QUOTA',
  'MODEL_AUTH',
  'MODEL_NOT_FOUND',
  'MODEL_REQUEST_INVALID',
  'MODEL_REQUEST_TOO_LARGE',
  'MODEL_CONTEXT_OVERFLOW',
  'SCRIPT_EXHAUSTED',
]);

function requestOf(frame: PromptFrame, conversation: Conversation) {
  return {
    messages: conversation.messages,
    tools: frame.tools,
    settings: frame.settings,
    ...(frame.contract && { output: { name: frame.contract.name, schema: frame.contract.schema } }),
  };
}

function listener(step: StepContext, position: string) {
  const { progress } = step.run.services;
  return progress?.text
    ? { onText: (text: string): void => progress.text?.(step.run.runId, position, text) }
    : {};
}

/** A token is at least one byte, and in practice more than two characters: half the characters is a safe ceiling. */
const charactersPerToken = 2;
/** What an answer may take when the settings do not say: the reservation must not be smaller than the truth. */
const assumedOutputTokens = 32_000;

function reserve(step: StepContext, frame: PromptFrame, conversation: Conversation): Reservation | undefined {
  if (!step.run.budget.limited) return undefined;
  const inputTokens = Math.ceil(conversation.characters / charactersPerToken) + 200 * frame.tools.length;
  const outputTokens = frame.settings.maxOutputTokens ?? assumedOutputTokens;
  const usage = { ...noUsage, inputTokens, outputTokens };
  const free = frame.client.source === 'recorded';
  const { prices, clock } = step.run.services;
  return step.run.budget.reserve({
    model: frame.client.id,
    tokens: inputTokens + outputTokens,
    costUsd: free ? 0 : prices.cost(frame.client.id, usage, clock.now()),
  });
}

async function waitBeforeRetry(step: StepContext, error: ModelError, attempt: number): Promise<void> {
  const { clock, hash } = step.run.services;
  const spread = spreadOf(hash(`${step.run.runId}/${step.path}/${attempt}`));
  const delayMs = retryDelayMs(error, attempt, spread);
  await clock.sleep(delayMs, step.signal).catch(() => {
    throw abortError(step.signal);
  });
}
