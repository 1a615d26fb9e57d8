import type { RunContext } from '../runs/run-context.ts';
import { compare, passOver, replay, replayLost } from './answer-from-log.ts';
import { callLost } from './call-lost.ts';
import type { CallRequest, Performance } from './performance.ts';
import { settleDoubt } from './settle-doubt.ts';
import { begin, touchTheWorld } from './touch-the-world.ts';

/**
 * The one way from a run to the world and back.
 *
 * The beginning is on disk before the world is touched, so a crash leaves a call that is visibly in doubt. The end
 * is queued at once and is on disk before anything is built on it: the next `perform`, and the end of the run,
 * commit it together with their own events.
 */
export async function perform<Value>(
  run: RunContext,
  request: CallRequest,
  performance: Performance<Value>,
): Promise<Value> {
  const found = run.journal.find(request);
  switch (found.kind) {
    case 'recorded':
      return replay(run, request, { found, performance });
    case 'doubt':
      return settleDoubt(run, request, { found, performance });
    case 'again':
      if (!found.resolved) passOver(performance, found);
      else if (!found.own) replayLost(run, request, found.resolved);
      throw callLost(request);
    case 'compared':
      return compare(run, request, { recorded: found, performance });
    case 'live':
      return touchTheWorld(run, request, { performance, begun: await begin(run, request, performance) });
  }
}
