import type { Hash } from '../domain/hash.ts';
import { type StepPath, stepOfPosition } from '../domain/position.ts';
import { AiworkflowError } from '../errors/index.ts';
import { describePosition } from './describe-position.ts';
import type { Found, Journal } from './journal.ts';
import type { Past, PastCall } from './past.ts';
import { journalOfPast } from './past-journal.ts';
import type { CallRequest } from './perform.ts';

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
  const { asked, isLive, onMiss } = rules;
  const frozen = journalOfPast(past, { own: false, closed: true, asked });
  const results = recordedResults(past);
  return {
    ...frozen,
    closed: false,
    holds: (position) => !isLive(stepOfPosition(position)) && frozen.holds(position),
    find(request) {
      if (!isLive(stepOfPosition(request.position)) && frozen.holds(request.position))
        return frozen.find(request);
      if (request.call === 'tool') return results(request) ?? missed(past, request, onMiss);
      return isLive(stepOfPosition(request.position)) ? { kind: 'live' } : frozen.find(request);
    },
    mayGoOn: () => false,
  };
}

/** Equal calls are answered in the order in which they were; the last answer stands for all further ones. */
function recordedResults(past: Past): (request: CallRequest) => Found | undefined {
  const byContent = new Map<string, PastCall[]>();
  for (const [position, call] of past.calls) {
    if (call.begun.call !== 'tool' || call.ended?.result === undefined) continue;
    const key = keyOf(stepOfPosition(position), call.begun.fingerprint);
    byContent.set(key, [...(byContent.get(key) ?? []), call]);
  }
  const given = new Map<string, number>();
  return ({ position, fingerprint }) => {
    const key = keyOf(stepOfPosition(position), fingerprint);
    const calls = byContent.get(key);
    const count = given.get(key) ?? 0;
    given.set(key, count + 1);
    const ended = calls?.[Math.min(count, calls.length - 1)]?.ended;
    return ended && { kind: 'recorded', ended: { ...ended, position }, load: past.load, own: false };
  };
}

const keyOf = (step: StepPath, fingerprint: Hash): string => `${step} ${fingerprint}`;

function missed(past: Past, { position, name, effect }: CallRequest, onMiss: ModelsRules['onMiss']): Found {
  if (onMiss === 'live' && effect === 'read') return { kind: 'live' };
  const why = onMiss === 'live' ? `, and ${effect ?? 'irreversible'} is more than reading` : '';
  throw new AiworkflowError({
    code: 'TOOL_NOT_RECORDED',
    message: `At ${describePosition(position)} the model asks for ${name} with arguments that run ${past.runId} never called it with in this step${why}.`,
    hint:
      onMiss === 'live'
        ? 'Run the workflow with that model itself.'
        : '--on-miss live makes calls that only read.',
    details: { position, tool: name },
  });
}
