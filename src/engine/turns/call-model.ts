import type { AssistantMessage } from '../../domain/message.ts';
import type { ModelResponse } from '../../domain/model.ts';
import { modelPosition, type Position } from '../../domain/position.ts';
import { seenCost } from '../../domain/spend.ts';
import { type CostUsd, noUsage } from '../../domain/usage.ts';
import { AiworkflowError, type ErrorCode, ModelError } from '../../errors/index.ts';
import { chargeOf } from '../budgets/charge.ts';
import { isFromLog, isLost } from '../calls/call-lost.ts';
import { perform } from '../calls/perform.ts';
import type { CallRequest, Completed, RepeatDecision } from '../calls/performance.ts';
import { leadsOn } from '../journal/leads-on.ts';
import { isDeferred } from '../journal/recorded-client.ts';
import { abortError, throwIfAborted } from '../runs/run-context.ts';
import { mayRetry, retryDelayMs, spreadOf } from '../steps/retry.ts';
import type { StepContext } from '../steps/step-context.ts';
import { type Conversation, joinStored, storeMessage, takeAdded } from './conversation.ts';
import { tellAdapted } from './history-adapted.ts';
import type { PromptFrame } from './prompt-frame.ts';
import type { ToolBox } from './run-tool-calls.ts';
import { unusable } from './unusable-answer.ts';

/** What the loop needs of an answer. */
export type Answer = Pick<ModelResponse, 'message' | 'stopReason' | 'stopDetail'> & {
  readonly position: Position;
  /** A person has put it in the place of a recorded one. */
  readonly edited: boolean;
};

/**
 * One turn's model call: budget, log, provider, and the answer joined to the conversation. A transient failure is
 * tried again; every attempt is a call of its own in the log, with the reason for the next one.
 */
export async function callModel(
  step: StepContext,
  box: ToolBox,
  conversation: Conversation,
): Promise<Answer> {
  step.meter.beginTurn();
  let live = 0;
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(step.signal);
    const place = placeOf(step, attempt);
    if (!place.recorded) live += 1;
    const outcome = await tryOnce(step, box, { place, conversation });
    if (outcome.answer) {
      joinStored(step.run.services, conversation, outcome.answer);
      return { ...outcome.answer, position: place.position };
    }
    // Of a recorded attempt the count is the recorded run's; a run that goes on has all its retries before it.
    const attempts = place.recorded ? attempt : live;
    if (!(await goesOn(step, place, { ...outcome, attempts }))) throw outcome.error;
  }
}

interface Place {
  readonly attempt: number;
  readonly position: Position;
  /** The next attempt of the same call. */
  readonly next: Position;
  readonly recorded: boolean;
}

function placeOf(step: StepContext, attempt: number): Place {
  const position = modelPosition(step.path, step.meter.turns, attempt);
  const next = modelPosition(step.path, step.meter.turns, attempt + 1);
  return { attempt, position, next, recorded: step.run.journal.holds(position) };
}

type Outcome =
  | { readonly answer: StoredAnswer }
  | { readonly answer?: never; readonly error: unknown; readonly fromLog: boolean };

async function tryOnce(
  step: StepContext,
  box: ToolBox,
  { place, conversation }: { readonly place: Place; readonly conversation: Conversation },
): Promise<Outcome> {
  const { position, attempt, recorded } = place;
  try {
    const frame = frameAt(step, box, position);
    const answer = await attemptCall(step, { frame, conversation, attempt });
    conversation.ledBy = frame.client.id;
    const error = unusable(step, answer);
    return error ? { error, fromLog: recorded } : { answer };
  } catch (error) {
    return { error, fromLog: isFromLog(error) };
  }
}

/** Whether the call is to be made again. Waits before what is asked for real. */
async function goesOn(
  step: StepContext,
  place: Place,
  {
    error,
    fromLog,
    attempts,
  }: { readonly error: unknown; readonly fromLog: boolean; readonly attempts: number },
): Promise<boolean> {
  if (isLost(error) || (fromLog && leadsOn(step, place.position, place.next))) return true;
  if (step.signal.aborted) throw abortError(step.signal);
  if (!(error instanceof ModelError) || !mayRetry(error, attempts, step.limits.modelRetries)) return false;
  if (!place.recorded) await waitBeforeRetry(step, error, attempts);
  return true;
}

/** A conversation that goes on with another model asks in the old one's name for what the old one has answered. */
function frameAt(step: StepContext, box: ToolBox, position: Position): PromptFrame {
  return (step.run.journal.holds(position) ? box.frameAt(position) : undefined) ?? box.frame;
}

interface Attempt {
  readonly frame: PromptFrame;
  readonly conversation: Conversation;
  readonly attempt: number;
}

function attemptCall(step: StepContext, call: Attempt): Promise<StoredAnswer> {
  const { frame, conversation, attempt } = call;
  const { services } = step.run;
  const position = modelPosition(step.path, step.meter.turns, attempt);
  const fingerprint = services.hash(`${frame.hash}\n${conversation.tip}`);
  const added = takeAdded(conversation);
  const request: CallRequest = {
    position,
    call: 'model',
    name: frame.client.id,
    fingerprint,
    request: frame.hash,
    added,
    ...(attempt > 1 && { attempt }),
  };
  return perform<StoredAnswer>(step.run, request, {
    source: () => frame.client.source,
    mayRepeat: () => repeatModelCall,
    prepare: () => makeReady(step, call),
    charge: () => chargeOf(step, { frame, conversation, position }),
    async live() {
      const response = await frame.client.generate(requestOf(frame, conversation), {
        signal: step.signal,
        runId: step.run.runId,
        position,
        fingerprint,
        idleTimeoutMs: step.limits.modelTimeoutMs,
        ...listener(step, position),
      });
      return complete(step, frame, response);
    },
    failed(error) {
      const costUsd = costOfFailure(frame, error);
      step.meter.countModelCall(noUsage, costUsd);
      return { costUsd };
    },
    met: (ended) => step.meter.countModelCall(ended.usage ?? noUsage, seenCost(ended)),
    // Otherwise the log would hold what was sent before it was mended, and not what is sent now.
    passedOver() {
      conversation.added = [...added];
    },
    revive(ended, load) {
      const message = JSON.parse(load(ended.result ?? '')) as AssistantMessage;
      step.meter.countModelCall(ended.usage ?? noUsage, seenCost(ended));
      const { stopReason = 'end', source } = ended;
      return { message, stopReason, edited: source === 'edited', ...storeMessage(services, message) };
    },
  });
}

const repeatModelCall: RepeatDecision = {
  repeat: true,
  by: 'aiworkflow',
  why: 'a model call changes nothing; what the lost one may have cost stays reserved',
};

async function makeReady(step: StepContext, { frame, conversation }: Attempt): Promise<void> {
  const { client } = frame;
  if (isDeferred(client)) {
    await client.ready();
    throwIfAborted(step.signal);
  }
  tellAdapted(step, client, conversation);
}

type StoredAnswer = Omit<Answer, 'position'> & ReturnType<typeof storeMessage>;

function complete(step: StepContext, frame: PromptFrame, response: ModelResponse): Completed<StoredAnswer> {
  const stored = storeMessage(step.run.services, response.message);
  const costUsd = priceOf(step, frame, response);
  step.meter.countModelCall(response.usage, costUsd);
  const { message, stopReason, stopDetail, usage, usageUnknown, resolvedModel, providerId } = response;
  return {
    value: { message, stopReason, edited: false, ...(stopDetail !== undefined && { stopDetail }), ...stored },
    record: {
      status: 'ok',
      result: stored.hash,
      ...(!usageUnknown && { usage }),
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

async function waitBeforeRetry(step: StepContext, error: ModelError, attempt: number): Promise<void> {
  const { clock, hash } = step.run.services;
  const spread = spreadOf(hash(`${step.run.runId}/${step.path}/${attempt}`));
  const delayMs = retryDelayMs(error, attempt, spread);
  await clock.sleep(delayMs, step.signal).catch(() => {
    throw abortError(step.signal);
  });
}
