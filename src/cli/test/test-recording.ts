import { decodeBlob, type ExportedRun, readExport, redactedHere } from '../../audit/sqlite/index.ts';
import type { Hash } from '../../domain/hash.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { RequestDifference } from '../../domain/request-difference.ts';
import type { Divergence } from '../../engine/journal/divergence.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { ReplayOutcome } from '../../runtime/rerun/replay-outcome.ts';
import {
  type Recording,
  type ReplayedRecording,
  replayRecording,
} from '../../runtime/rerun/replay-recording.ts';
import type { Runtime } from '../../runtime.ts';

/** What became of one recording. `broken`: it could not be tried, because of the file or of what it needs. */
export interface TestedRecording {
  readonly file: string;
  readonly workflowId: string;
  readonly status: 'ok' | 'differs' | 'broken' | 'skipped';
  readonly calls: number;
  readonly ms: number;
  /** A word on what is `ok` or `skipped`. */
  readonly note?: string;
  readonly differs?: Difference;
  readonly error?: AiworkflowError;
  /** The recorded run, unless it could not be read; and the workflow as its files say now, when it was replayed. */
  readonly run?: ExportedRun;
  readonly workflow?: LoadedWorkflow;
}

export interface Difference {
  readonly message: string;
  readonly differences: readonly Pick<RequestDifference, 'what' | 'was' | 'now'>[];
}

/** Replays one file against the workflow as it is now. What is wrong with the file is a result, not an exception. */
export async function testRecording(runtime: Runtime, file: string): Promise<TestedRecording> {
  const startMs = performance.now();
  const found = { file, workflowId: '', calls: 0 };
  const since = (): number => Math.round((performance.now() - startMs) * 10) / 10;
  try {
    const run = readExport(file, runtime.services.scrub);
    const about = { ...found, workflowId: run.workflowId, run };
    const replayed = await replayRecording(runtime, recordingOf(run)).catch((error: unknown) => {
      if (AiworkflowError.is(error)) return error;
      throw error;
    });
    if (AiworkflowError.is(replayed))
      return { ...about, status: 'broken', ms: since(), error: forATest(replayed) };
    if (!replayed) return { ...about, status: 'skipped', ms: since(), note: ofAProgram };
    const { workflow, outcome } = replayed;
    return { ...about, ...judged(replayed), workflow, calls: outcome.calls, ms: since() };
  } catch (error) {
    if (AiworkflowError.is(error)) return { ...found, status: 'broken', ms: since(), error };
    throw error;
  }
}

const ofAProgram =
  "made by a program, whose code is not in it: replay it there, execute({ …, past: { replay: '<run>' } })";

function recordingOf({ runId, events, texts, redacted }: ExportedRun): Recording {
  return {
    runId,
    events: events.map(({ event }) => event),
    texts: [...texts.values()].map(decodeBlob),
    redacted: new Map([...redacted].map(([hash, text]) => [hash, redactedHere(hash, text)])),
  };
}

function judged(replayed: ReplayedRecording): Pick<TestedRecording, 'status' | 'note' | 'differs' | 'error'> {
  const { equal, ended, error } = replayed.outcome;
  if (equal)
    return { status: 'ok', ...(ended.recorded !== 'ok' && { note: `both ended ${ended.recorded}` }) };
  if (error?.code === 'REPLAY_ENDED' && ended.recorded === 'cut off')
    return { status: 'ok', note: 'as far as the recorded run goes: it was cut off' };
  if (error?.code === 'TEXT_REDACTED') return { status: 'broken', error };
  return { status: 'differs', differs: differenceOf(replayed) };
}

/** The first call that asks for something else, or else the first step that came to something else. */
function differenceOf({ outcome, log }: ReplayedRecording): Difference {
  const { error, ended } = outcome;
  if (error) {
    const { differences = [] } = (
      error.code === 'REPLAY_DIVERGED' ? error.details : {}
    ) as Partial<Divergence>;
    const [first = ''] = error.message.split('\n', 1);
    return { message: differences.length > 0 ? first : error.message, differences };
  }
  const step = outcome.steps.find((one) => !one.equal)?.step;
  const message =
    ended.recorded === ended.now
      ? `Every call is as recorded, and ${step === undefined ? 'the run' : `step ${step}`} comes to another result.`
      : `The recorded run ended ${ended.recorded}, and the replay ${ended.now}.`;
  return { message, differences: [{ what: 'the result', ...resultsOf({ outcome, log }, step) }] };
}

function resultsOf(
  { outcome, log }: { readonly outcome: ReplayOutcome; readonly log: ReplayedRecording['log'] },
  step: string | undefined,
): { readonly was?: string; readonly now?: string } {
  const resultIn = (runId: string): string | undefined => {
    const events = [...log.events(runId)];
    const end = events.findLast((event) =>
      step === undefined ? event.type === 'run-ended' : event.type === 'step-ended' && event.step === step,
    );
    const hash: Hash | undefined = end && 'result' in end ? end.result : undefined;
    return hash === undefined ? undefined : log.load(hash);
  };
  const [was, now] = [resultIn(outcome.parentRunId), resultIn(outcome.runId)];
  return { ...(was !== undefined && { was }), ...(now !== undefined && { now }) };
}

/** The hint of a replay names an option that a test does not have. */
function forATest(error: AiworkflowError): AiworkflowError {
  if (error.code !== 'WORKFLOW_UNKNOWN') return error;
  return new AiworkflowError({
    code: error.code,
    message: error.message,
    hint: 'bring the file back, or remove the recording with it.',
    cause: error,
  });
}
