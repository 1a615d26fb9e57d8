import type { AuditEvent, CallEnded } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { nextAttempt, type Position, type StepPath } from '../../domain/position.ts';
import { costInSum, sumCosts } from '../../domain/spend.ts';
import type { CallRequest } from '../calls/performance.ts';
import { diverged, nothingThere } from './divergence.ts';
import type { Found, Journal, RecordedFrame } from './journal.ts';
import { checkKey, type LoadText, type Past, type PastCall, pastOf } from './past.ts';

export interface PastRules {
  /** The past is this run's own: it is resumed. */
  readonly own: boolean;
  /** Nothing may happen that is not in it. */
  readonly closed: boolean;
  /** Which calls may be taken from it. Default: all. */
  keeps?(position: Position): boolean;
  /** Tools are called for real; the run goes on with what is recorded, and what came otherwise is in the log. */
  readonly compareTools?: boolean;
  /** Another result in the place of a recorded one. */
  readonly edited?: { readonly position: Position; readonly result: Hash };
  /** The text of what the run asks now, to say how it differs. */
  readonly asked: (hash: Hash) => string | undefined;
}

/** A recorded run as the journal of another, or of itself. */
export function journalOfPast(past: Past, rules: PastRules): Journal {
  const { own, closed, keeps = () => true } = rules;
  const callAt = (position: Position): PastCall | undefined => {
    const call = past.calls.get(position);
    return call && keeps(position) ? call : undefined;
  };
  const frameOf = recordedFrames(past);
  return {
    closed,
    paidUsd: own ? sumCosts([...past.calls.values()].map(costInSum)) : 0,
    endedWell: past.ended?.status === 'ok',
    ...(past.ended && { ended: past.ended }),
    holds: (position) => callAt(position) !== undefined || rules.edited?.position === position,
    // Turn 0 stands for the step's beginning: before all of its calls.
    step: (path) => (keeps(`${path}/m0`) ? past.steps.get(path) : undefined),
    find(request) {
      if (rules.edited?.position === request.position)
        return editedResult(past, request, rules.edited.result);
      const call = callAt(request.position);
      if (!call) return closed ? nothingThere(past, request) : { kind: 'live' };
      return call.begun.fingerprint === request.fingerprint
        ? found(past, call, rules)
        : foundOther(past, call, { request, rules });
    },
    mayGoOn: (path) => !closed && !hasLaterAttempt(past, path),
    frameOf: (path) => frameOf(callAt(past.firstModelCalls.get(path)?.begun.position ?? '')),
    frameAt: (position) => frameOf(callAt(position)),
    toolAt(position) {
      const call = callAt(position);
      if (call?.begun.call !== 'tool') return undefined;
      const { definition } = JSON.parse(past.load(call.begun.request)) as { readonly definition: Hash };
      return { definition, load: past.load };
    },
    isWritten: (event) => own && isWritten(past, event),
  };
}

function found(past: Past, call: PastCall, { own, compareTools }: PastRules): Found {
  const { begun, resolved } = call;
  if (resolved?.decision === 'retry') return { kind: 'again', resolved, own };
  const ended = resolved ? endOfDecision(call, resolved.result) : call.ended;
  if (!ended) return { kind: 'doubt', begun, own, runId: past.runId };
  const kind = compareTools && begun.call === 'tool' ? 'compared' : 'recorded';
  return { kind, ended, load: past.load, own };
}

/** Nothing was built on a failure: what was mended since is asked as the next attempt. Anything else diverges. */
function foundOther(
  past: Past,
  call: PastCall,
  { request, rules }: { readonly request: CallRequest; readonly rules: PastRules },
): Found {
  const wasLeft = rules.own || past.calls.has(nextAttempt(request.position));
  const { ended, resolved } = call;
  const cameToNothing = !resolved && ended?.status === 'error' && ended.result === undefined;
  if (wasLeft && cameToNothing) return { kind: 'again', own: rules.own, passedOver: ended };
  throw diverged(past, call, { request, rules });
}

/** What a person decided counts as the call's end; how long it took, nobody knows. */
function endOfDecision({ begun, ended }: PastCall, result: Hash | undefined): CallEnded {
  const { position, at } = begun;
  const { shown: _shown, error: _error, ...rest } = ended ?? { durationMs: 0 };
  return {
    ...rest,
    type: 'call-ended',
    at,
    position,
    status: 'ok',
    source: 'edited',
    ...(result !== undefined && { result }),
  };
}

function editedResult(past: Past, request: CallRequest, result: Hash): Found {
  const { position } = request;
  const ended: CallEnded = {
    type: 'call-ended',
    at: past.calls.get(position)?.begun.at ?? 0,
    position,
    status: 'ok',
    durationMs: 0,
    source: 'edited',
    result,
    ...(request.call === 'model' && { stopReason: 'end' }),
  };
  return { kind: 'recorded', ended, load: past.load, own: false };
}

/** All turns of a step have the same frame: it is read once. */
function recordedFrames({ load }: Past): (call: PastCall | undefined) => RecordedFrame | undefined {
  const known = new Map<string, RecordedFrame>();
  return (call) => {
    if (call?.begun.call !== 'model') return undefined;
    const { name, request } = call.begun;
    const key = `${name} ${request}`;
    const frame = known.get(key) ?? readFrame(name, load(request), load);
    known.set(key, frame);
    return frame;
  };
}

function readFrame(name: string, text: string, load: LoadText): RecordedFrame {
  const { model, tools } = JSON.parse(text) as { readonly model: string; readonly tools: readonly Hash[] };
  return { name, model, tools, load };
}

/** A later attempt of the step, or of one around it: then this one's bad end is history, and stays as it is. */
function hasLaterAttempt(past: Past, path: StepPath): boolean {
  const parts = path.split('/');
  return parts.some((_, index) => past.steps.has(nextAttempt(parts.slice(0, index + 1).join('/'))));
}

/** Steps that are over are told once. Of a step that goes on, its start is told again: it shows when that was. */
function isWritten(past: Past, event: AuditEvent): boolean {
  if (event.type === 'answer-checked') return past.checks.has(checkKey(event.step, event.turn));
  if (event.type !== 'step-started' && event.type !== 'step-ended') return false;
  const status = past.steps.get(event.step)?.ended?.status;
  return (
    status === 'ok' || status === 'skipped' || (status !== undefined && hasLaterAttempt(past, event.step))
  );
}

/** The calls of a recorded run, all of them. `closed`: a frozen replay; else what comes after them is live. */
export function journalOf(
  events: Iterable<AuditEvent>,
  past: { readonly load: (hash: Hash) => string; readonly closed: boolean },
): Journal {
  const asked = (): undefined => undefined;
  return journalOfPast(pastOf('', events, past.load), { own: false, closed: past.closed, asked });
}
