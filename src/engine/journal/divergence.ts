import { addedBy, conversationOf } from '../../domain/added-messages.ts';
import { describeDifference } from '../../domain/describe-difference.ts';
import type { CallBegun, FailureRecord } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import {
  outerPath,
  type Position,
  type StepPath,
  stepOfPosition,
  turnOfPosition,
} from '../../domain/position.ts';
import { type RequestDifference, requestDifferences } from '../../domain/request-difference.ts';
import { requestOfCall } from '../../domain/request-parts.ts';
import { AiworkflowError, type ErrorCode, errorOfRecord } from '../../errors/index.ts';
import { describePosition } from '../calls/describe-position.ts';
import type { CallRequest } from '../calls/performance.ts';
import type { Past, PastCall } from './past.ts';

/** What the details of REPLAY_DIVERGED hold: where it was, and what was asked then and now. */
export interface Divergence {
  readonly position: Position;
  readonly step: string;
  readonly turn: number;
  readonly name: string;
  readonly differences: readonly RequestDifference[];
}

/** The first call that asks for something else than the recorded one. */
export function diverged(
  past: Past,
  { begun }: PastCall,
  {
    request,
    rules,
  }: {
    readonly request: CallRequest;
    readonly rules: { readonly own: boolean; readonly asked: (hash: Hash) => string | undefined };
  },
): AiworkflowError {
  const { position } = request;
  const differences = differencesOf(past, begun, { request, asked: rules.asked });
  const lines = differences.map((difference) => `\n- ${describeDifference(difference)}`).join('');
  return new AiworkflowError({
    code: 'REPLAY_DIVERGED',
    message: `At ${describePosition(position)} the run asks for something else than the recorded one did${lines === '' ? '.' : `:${lines}`}`,
    hint: rules.own ? resumeHint(past, position) : replayHint(past, position),
    details: divergenceDetails(request, differences) as unknown as Json,
  });
}

/**
 * The past is closed and holds no such call. Where the recorded run was stopped from outside (a clock, a person, a
 * crash) the replay ends as it did; anywhere else the run goes another way now.
 */
export function nothingThere(past: Past, request: CallRequest): never {
  const path = stepOfPosition(request.position);
  const { ended } = innermostBegun(past, path);
  if (ended?.error && isFromOutside(ended.error)) throw errorOfRecord(ended.error);
  if (!ended) throw brokeOff(past, request);
  throw tookAnotherWay(request, past.steps.get(path)?.ended?.status);
}

/** The step, or else what is around it, or the run: the innermost that the recorded run had begun. */
function innermostBegun(
  past: Past,
  path: StepPath,
): { readonly ended?: { readonly error?: FailureRecord } | undefined } {
  if (path === '') return past;
  return past.steps.get(path) ?? innermostBegun(past, outerPath(path));
}

function isFromOutside({ code, details }: FailureRecord): boolean {
  if (code === 'LIMIT_REACHED')
    return (details as { readonly limit?: string } | undefined)?.limit === 'wallTimeMs';
  return outside.has(code);
}

/** What a clock, a person, a purse, the environment or a server said then; a replay asks none of them. */
const outside: ReadonlySet<string> = new Set<ErrorCode>([
  'INTERRUPTED',
  'BUDGET_EXCEEDED',
  'PRICE_UNKNOWN',
  'TOOL_OUTCOME_UNKNOWN',
  'TOOL_SERVER_UNREACHABLE',
  'TOOL_SERVER_UNKNOWN',
  'TOOL_UNKNOWN',
  'TOOL_CHANGED',
  'SECRET_MISSING',
  'MODEL_UNKNOWN',
  'MODEL_KEY_MISSING',
]);

function brokeOff({ runId }: Past, { position, name }: CallRequest): AiworkflowError {
  return new AiworkflowError({
    code: 'REPLAY_ENDED',
    message: `The recorded run breaks off at ${describePosition(position)}, before it called ${name}.`,
    hint: `\`aiworkflow resume ${runId}\` goes on with that run itself; \`aiworkflow fork ${runId} --from ${baseStep(position)}\` in a new one.`,
    details: { position, name },
  });
}

function tookAnotherWay(request: CallRequest, status: string | undefined): AiworkflowError {
  const { position, name } = request;
  const then = status === undefined ? 'made no call there' : `made no further call in that step (${status})`;
  return new AiworkflowError({
    code: 'REPLAY_DIVERGED',
    message: `At ${describePosition(position)} the run asks for ${name}, and the recorded run ${then}.`,
    hint: 'The definition or the code decides otherwise now: `aiworkflow diff` shows both runs side by side.',
    details: divergenceDetails(request, []) as unknown as Json,
  });
}

function divergenceDetails(request: CallRequest, differences: readonly RequestDifference[]): Divergence {
  const { position, name } = request;
  return { position, step: stepOfPosition(position), turn: turnOfPosition(position), name, differences };
}

function differencesOf(
  past: Past,
  begun: CallBegun,
  { request, asked }: { readonly request: CallRequest; readonly asked: (hash: Hash) => string | undefined },
): RequestDifference[] {
  const calls = callsUntil(past, begun);
  // What an earlier attempt of the turn has logged is not logged again: each side names all that the turn sends.
  const turn = turnOfPosition(begun.position);
  const added = addedBy(calls.filter(({ position }) => turnOfPosition(position) === turn));
  const messagesBefore = conversationOf(calls).length - added.length;
  const now = request.added?.length ? request.added : added;
  const recorded = requestOfCall({ ...begun, added }, { load: tolerant(past), messagesBefore });
  return requestDifferences(
    recorded,
    requestOfCall({ ...request, added: now }, { load: asked, messagesBefore }),
  );
}

/** A text that is gone must not hide the divergence itself. */
const tolerant = (past: Past) => (hash: Hash) => {
  try {
    return past.load(hash);
  } catch {
    return undefined;
  }
};

/** Every turn of the step before it was equal, so both conversations begin with as many messages. */
function callsUntil({ calls }: Past, begun: CallBegun): CallBegun[] {
  const step = stepOfPosition(begun.position);
  const until: CallBegun[] = [];
  for (const [position, call] of calls) {
    if (stepOfPosition(position) === step) until.push(call.begun);
    if (call.begun === begun) break;
  }
  return until;
}

const replayHint = (past: Past, position: Position): string =>
  isOfProgram(past)
    ? programHint(past, position)
    : `\`aiworkflow fork ${past.runId} --from ${baseStep(position)}\` runs it as it is now; \`--as-recorded\` uses the definition that the run had.`;

const resumeHint = (past: Past, position: Position): string =>
  isOfProgram(past)
    ? programHint(past, position)
    : `what ended is not asked again in the same run: \`aiworkflow fork ${past.runId} --from ${baseStep(position)}\` runs it as it is now, \`aiworkflow resume ${past.runId} --as-recorded\` goes on with the definition that the run began with.`;

/** Of a program's run the log holds no definition. */
const isOfProgram = ({ started }: Past): boolean => started?.definition === undefined;

const programHint = ({ runId }: Past, position: Position): string =>
  `the code asks otherwise now: past: { fork: '${runId}', from: '${stepOfPosition(position)}' } runs it as it is from there on.`;

const baseStep = (position: Position): string => stepOfPosition(position).replace(/[[~!].*$/, '');
