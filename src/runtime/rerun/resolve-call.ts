import { canonicalJson } from '../../domain/canonical-json.ts';
import type { CallBegun, CallResolved } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import type { Message } from '../../domain/message.ts';
import { callOfPosition, nextAttempt } from '../../domain/position.ts';
import { describePosition } from '../../engine/calls/describe-position.ts';
import type { Past, PastCall } from '../../engine/journal/past.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { Runtime } from '../../runtime.ts';
import { openPast } from './open-past.ts';
import { requireSoundRun } from './require-sound-run.ts';

export interface Resolution {
  /** The call's position, or its number in `show`. */
  readonly call: string;
  readonly decision: CallResolved['decision'];
  /** With `result`: what the call answered. */
  readonly resultText?: string;
  readonly by: string;
  readonly why: string;
}

/**
 * A person's decision about a call that the run stopped at: into the log, for the resume that follows.
 * Throws RUN_NOT_RESUMABLE when there is nothing to decide about the call, RUN_HELD, CALL_UNKNOWN.
 */
export async function resolveCall(
  runtime: Runtime,
  runId: string,
  resolution: Resolution,
): Promise<CallResolved> {
  const { log, services } = runtime;
  openPast(log, runId);
  log.claim(runId);
  try {
    // Read after the claim: nobody decides it or goes on at the same time.
    await requireSoundRun(log, runId);
    const past = openPast(log, runId);
    const call = callToDecide(past, resolution);
    const { decision, by, why } = resolution;
    const result = resultOf(runtime, call.begun, resolution);
    const event: CallResolved = {
      type: 'call-resolved',
      at: services.clock.now(),
      position: call.begun.position,
      decision,
      ...(result !== undefined && { result }),
      by,
      why,
    };
    log.append(runId, event);
    await log.commit();
    return event;
  } finally {
    log.release(runId);
  }
}

function callToDecide(past: Past, { call: asked, decision }: Resolution): PastCall {
  const numbered = /^\d+$/.test(asked) ? [...past.calls.keys()][Number(asked) - 1] : undefined;
  const call = past.calls.get(numbered ?? asked);
  if (!call) throw noSuchCall(past, asked);
  const { begun, ended } = call;
  const next = nextAttempt(begun.position);
  // A decision about the first would stand in the place of all that was done since.
  if (past.calls.has(next))
    throw refuse(past, `The call at ${describePosition(begun.position)} has been made again since: ${next}.`);
  if (ended?.status === 'ok')
    throw refuse(
      past,
      `The call at ${describePosition(begun.position)} has ended well: there is nothing to decide.`,
    );
  if (past.ended?.status === 'ok')
    throw refuse(past, `Run ${past.runId} has ended well: there is nothing to decide.`);
  if (begun.call === 'model' && decision !== 'retry')
    throw refuse(past, 'A model call is asked again; what a model said cannot be made up here.');
  return call;
}

/** Names those that there is something to decide about: numbers and positions are not to be guessed. */
function noSuchCall(past: Past, asked: string): DefinitionError {
  const what = past.steps.has(asked) ? 'is a step, not a call' : `is no call of run ${past.runId}`;
  const open = [...past.calls].flatMap(([position, { begun, ended, resolved, order }]) =>
    ended?.status === 'ok' || resolved || past.calls.has(nextAttempt(position))
      ? []
      : [`${position} (#${order + 1}, ${begun.name})`],
  );
  const hint =
    open.length === 0
      ? `nothing is to be decided in it; \`aiworkflow show ${past.runId}\` says how it ended.`
      : `to be decided: ${open.slice(0, 10).join(', ')}.`;
  return new DefinitionError({ code: 'CALL_UNKNOWN', message: `"${asked}" ${what}.`, hint });
}

/** The message that stands for the call's result. A call that is passed over tells so to the model that asked for it. */
function resultOf(
  { log, services }: Runtime,
  begun: CallBegun,
  { decision, resultText, by, why }: Resolution,
): Hash | undefined {
  if (decision === 'retry') return undefined;
  const isStep = callOfPosition(begun.position).endsWith('/call');
  const skipped = isStep ? 'null' : `This call was not made: ${by} decided so (${why}).`;
  const message: Message = {
    role: 'tool',
    callId: begun.callId ?? begun.position,
    name: begun.name,
    content: [{ type: 'text', text: services.scrub(decision === 'result' ? (resultText ?? '') : skipped) }],
    isError: decision === 'skip' && !isStep,
  };
  return log.store(canonicalJson(message as unknown as Json));
}

function refuse({ runId }: Past, message: string): DefinitionError {
  return new DefinitionError({
    code: 'RUN_NOT_RESUMABLE',
    message,
    hint: `\`aiworkflow show ${runId}\` shows the calls that are in doubt; \`aiworkflow fork\` changes what has ended.`,
  });
}
