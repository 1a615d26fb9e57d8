import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { journalOfPast } from '../../../src/engine/journal/past-journal.ts';
import { AiworkflowError } from '../../../src/errors/index.ts';
import { openPast } from '../../../src/runtime/rerun/open-past.ts';
import { replayOutcome } from '../../../src/runtime/rerun/replay-outcome.ts';
import { createRuntime } from '../../../src/runtime.ts';
import { type Conversation, playRecording, readRecording } from './play-recording.ts';

// Replays recordings that were played into a log, frozen, and prints what came of each as a line of JSON.
// node replay-frozen.ts <project> <run id>=<recording> …

const [dir = '.', ...runs] = process.argv.slice(2);
const runtime = await createRuntime({ projectDir: dir, env: {} });
console.log(
  JSON.stringify({ connects: works(() => connect(9, '127.0.0.1')), spawns: works(() => spawnSync('true')) }),
);
for (const entry of runs) {
  const [runId = '', name = ''] = entry.split('=');
  console.log(JSON.stringify({ name, ...(await replay(runId, name)) }));
}
await runtime.close();

async function replay(runId: string, name: string) {
  const past = openPast(runtime.log, runId);
  const replayId = runtime.services.ids.runId();
  const modelOf = (conversation: Conversation) => modelName(conversation);
  const journal = journalOfPast(past, { own: false, closed: true, asked: (hash) => runtime.log.load(hash) });
  const services = { ...runtime.services, ids: { runId: () => replayId } };
  const lineage = { parentRunId: runId, origin: { kind: 'replay', live: 'nothing' } as const };
  const made = await playRecording(services, {
    recording: await readRecording(name),
    modelOf,
    past: { journal, lineage },
  }).catch((error: unknown) => error);
  const failed = AiworkflowError.is(made) ? made : undefined;
  const { equal, calls } = replayOutcome(runtime.log, {
    past,
    replayId,
    made: failed ?? ({} as never),
    live: 'nothing',
  });
  return { equal, calls, error: failed?.message ?? (made instanceof Error ? String(made) : undefined) };
}

function modelName({ api, model }: Conversation): string {
  return `${api === 'anthropic.messages' ? 'messages' : api.split('.')[1]}:${model}`;
}

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
