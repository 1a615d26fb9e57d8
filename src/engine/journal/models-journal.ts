import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import { type StepPath, stepOfPosition } from '../../domain/position.ts';
import { AiworkflowError } from '../../errors/index.ts';
import { describePosition } from '../calls/describe-position.ts';
import type { CallRequest } from '../calls/performance.ts';
import type { Found, Journal } from './journal.ts';
import type { Past, PastCall } from './past.ts';
import { journalOfPast } from './past-journal.ts';

export interface ModelsRules {
  /** Steps whose model is asked for real. */
  readonly isLive: (path: StepPath) => boolean;
  /** A tool call that the past does not hold: nothing is done, or what only reads is done. */
  readonly onMiss: 'stop' | 'live';
  readonly asked: (hash: Hash) => string | undefined;
}

/**
 * A recorded run whose models are other ones: they are asked for real, and their tools answer from the log, by tool and
 * canonical arguments within the step, wherever in the conversation a call comes. Steps with the recorded model are
 * taken from the log as in a frozen replay.
 */
export function modelsJournal(past: Past, rules: ModelsRules): Journal {
  const { asked, isLive } = rules;
  const frozen = journalOfPast(past, { own: false, closed: true, asked });
  const results = recordedResults(past);
  return {
    ...frozen,
    closed: false,
    holds: (position) => !isLive(stepOfPosition(position)) && frozen.holds(position),
    find(request) {
      if (!isLive(stepOfPosition(request.position)) && frozen.holds(request.position))
        return frozen.find(request);
      if (request.call === 'tool') return results(request) ?? missed(past, request, rules);
      return isLive(stepOfPosition(request.position)) ? { kind: 'live' } : frozen.find(request);
    },
    mayGoOn: () => false,
    // A round or an attempt that the recorded run did not need has the tools of those that it made.
    frameOf: (path) => frozen.frameOf(path) ?? (isLive(path) ? frozen.frameOf(alike(past, path)) : undefined),
  };
}

/** The first execution of the same step and item in the past, whichever round or attempt that was. */
function alike(past: Past, path: StepPath): StepPath {
  const wanted = withoutRepetition(path);
  return [...past.firstModelCalls.keys()].find((one) => withoutRepetition(one) === wanted) ?? path;
}

const withoutRepetition = (path: StepPath): StepPath => path.replaceAll(/[~!]\d+/g, '');

/**
 * Equal calls are answered in the order in which they were; the last answer stands for all further ones. What the same
 * round and attempt did not call, another one of the same item may have.
 */
function recordedResults(past: Past): (request: CallRequest) => Found | undefined {
  const byContent = new Map<string, PastCall[]>();
  for (const [position, call] of past.calls) {
    if (call.begun.call !== 'tool' || call.ended?.result === undefined) continue;
    for (const key of keysOf(stepOfPosition(position), call.begun.fingerprint)) {
      const equal = byContent.get(key);
      if (equal) equal.push(call);
      else byContent.set(key, [call]);
    }
  }
  const given = new Map<string, number>();
  return ({ position, fingerprint }) => {
    const key = keysOf(stepOfPosition(position), fingerprint).find((one) => byContent.has(one)) ?? '';
    const calls = byContent.get(key);
    const count = given.get(key) ?? 0;
    given.set(key, count + 1);
    const ended = calls?.[Math.min(count, calls.length - 1)]?.ended;
    return ended && { kind: 'recorded', ended: { ...ended, position }, load: past.load, own: false };
  };
}

const keysOf = (step: StepPath, fingerprint: Hash): string[] => [
  `${step} ${fingerprint}`,
  `any ${withoutRepetition(step)} ${fingerprint}`,
];

function missed(past: Past, request: CallRequest, { onMiss, asked }: ModelsRules): Found {
  const { position, name, effect = 'irreversible' } = request;
  if (onMiss === 'live' && effect === 'read') return { kind: 'live' };
  const why = onMiss === 'live' ? `, and ${effect} is more than reading` : '';
  const text = asked(request.request);
  const { arguments: args = null } = text === undefined ? {} : (JSON.parse(text) as { arguments?: Json });
  throw new AiworkflowError({
    code: 'TOOL_NOT_RECORDED',
    message: `At ${describePosition(position)} the model asks for ${name} with arguments that run ${past.runId} never called it with in this step${why}.`,
    hint:
      onMiss === 'live'
        ? 'Run the workflow with that model itself.'
        : '--on-miss live makes calls that only read.',
    details: { position, tool: name, effect, arguments: args },
  });
}
