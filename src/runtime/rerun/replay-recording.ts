import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { AuditLog } from '../../ports/audit-log.ts';
import type { Runtime } from '../../runtime.ts';
import { memoryLog } from '../../testing/memory-log.ts';
import { workflowOf } from './definition.ts';
import { openPast, recordedWorkflow } from './open-past.ts';
import type { ReplayOutcome } from './replay-outcome.ts';
import { replayRun } from './replay-run.ts';

/** An exported run that was verified. */
export interface Recording {
  readonly runId: string;
  readonly events: Iterable<AuditEvent>;
  readonly texts: Iterable<string>;
  /** What is thrown for a text that was taken out of it on purpose. */
  readonly redacted: ReadonlyMap<Hash, Error>;
}

export interface ReplayedRecording {
  /** The workflow as its files say now. */
  readonly workflow: LoadedWorkflow;
  readonly outcome: ReplayOutcome;
  /** Recording and replay: nothing else, and nowhere but in memory. */
  readonly log: AuditLog;
}

/**
 * Replays a recording against the project's files as they are now, frozen, in a log of its own in memory: nothing is
 * written, no server is started, no network is asked. Undefined for the run of a program, whose code is not in it.
 * Throws WORKFLOW_UNKNOWN when the workflow's file is gone, and what is wrong with the definition.
 */
export async function replayRecording(
  runtime: Runtime,
  recording: Recording,
): Promise<ReplayedRecording | undefined> {
  const log = logOf(recording, runtime);
  const past = openPast(log, recording.runId);
  if (!recordedWorkflow(past)) return undefined;
  const inMemory: Runtime = { ...runtime, log, services: { ...runtime.services, log } };
  const workflow = await workflowOf(inMemory, past, { asRecorded: false });
  return { workflow, outcome: await replayRun(inMemory, recording.runId, { workflow }), log };
}

function logOf({ runId, events, texts, redacted }: Recording, { services }: Runtime): AuditLog {
  // Secrets are blanked in what is asked now as they were then: else they alone would make a difference.
  const log = memoryLog({ scrub: services.scrub });
  for (const text of texts) log.store(text);
  for (const event of events) log.append(runId, event);
  return {
    ...log,
    load(hash) {
      const gone = redacted.get(hash);
      if (gone) throw gone;
      return log.load(hash);
    },
  };
}
