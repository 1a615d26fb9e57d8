import type {
  AuditEvent,
  CallBegun,
  CallEnded,
  CallResolved,
  RunEnded,
  RunStarted,
} from '../domain/events.ts';
import type { LoadedStep, LoadedWorkflow } from '../domain/loaded-workflow.ts';
import { callOfPosition, type Position, type StepPath } from '../domain/position.ts';
import { AiworkflowError } from '../errors/index.ts';
import type { AuditReader } from '../ports/audit-log.ts';

/** One attempt of a call; `number` is what `aiworkflow show <run> --call` takes. */
export interface RecordedCall {
  readonly number: number;
  readonly begun: CallBegun;
  ended?: CallEnded;
  resolved?: CallResolved;
}

export interface RecordedStep {
  readonly path: StepPath;
  readonly startedAt: number;
  readonly model?: string | undefined;
  /** The text with the item, of a `forEach`; with the result, once it has ended well. */
  readonly item?: string | undefined;
  result?: string;
  endedAt?: number;
  status?: string;
  errorMessage?: string;
}

/** What the log says of one run, by the places at which calls were made. */
export interface RunRecord {
  readonly runId: string;
  readonly started: RunStarted;
  ended?: RunEnded;
  readonly steps: ReadonlyMap<StepPath, RecordedStep>;
  /** By the call's place without its attempt: what a tool is told as the key of the call. */
  readonly calls: ReadonlyMap<Position, readonly RecordedCall[]>;
  /** The workflow as it was loaded; undefined when its text is not there, and `definitionMissing` says why. */
  readonly definition: LoadedWorkflow | undefined;
  readonly definitionMissing?: string | undefined;
}

/** Undefined for a run that the log does not hold. */
export function readRunRecord(log: AuditReader, runId: string): RunRecord | undefined {
  const reading = newReading();
  for (const event of log.events(runId)) take(reading, event);
  const { started, ended, steps, calls } = reading;
  if (!started) return undefined;
  const text = started.definition === undefined ? undefined : loadText(log, started.definition);
  return {
    runId,
    started,
    ...(ended && { ended }),
    steps,
    calls,
    definition: text && 'text' in text ? (JSON.parse(text.text) as LoadedWorkflow) : undefined,
    definitionMissing: text && 'missing' in text ? text.missing : undefined,
  };
}

/** A text of the log, or the reason why it is not there. */
export function loadText(
  log: AuditReader,
  hash: string,
): { readonly text: string } | { readonly missing: string } {
  try {
    const text = log.load(hash);
    return text === undefined ? { missing: `the log does not hold the text ${hash}` } : { text };
  } catch (error) {
    if (AiworkflowError.is(error) && error.code === 'TEXT_REDACTED') return { missing: error.message };
    throw error;
  }
}

interface Reading {
  started?: RunStarted;
  ended?: RunEnded;
  readonly steps: Map<StepPath, RecordedStep>;
  readonly calls: Map<Position, RecordedCall[]>;
  readonly byPosition: Map<Position, RecordedCall>;
}

const newReading = (): Reading => ({ steps: new Map(), calls: new Map(), byPosition: new Map() });

function take(reading: Reading, event: AuditEvent): void {
  switch (event.type) {
    case 'run-started':
      reading.started = event;
      return;
    case 'run-ended':
      reading.ended = event;
      return;
    case 'step-started':
      reading.steps.set(event.step, {
        path: event.step,
        startedAt: event.at,
        model: event.model,
        item: event.item,
      });
      return;
    case 'step-ended':
      endStep(reading, event);
      return;
    case 'call-begun':
      beginCall(reading, event);
      return;
    case 'call-ended':
      Object.assign(reading.byPosition.get(event.position) ?? {}, { ended: event });
      return;
    case 'call-resolved':
      Object.assign(reading.byPosition.get(event.position) ?? {}, { resolved: event });
  }
}

function endStep({ steps }: Reading, event: Extract<AuditEvent, { type: 'step-ended' }>): void {
  const step = steps.get(event.step);
  if (!step) return;
  step.endedAt = event.at;
  step.status = event.status;
  if (event.result !== undefined) step.result = event.result;
  if (event.error) step.errorMessage = event.error.message;
}

function beginCall({ calls, byPosition }: Reading, begun: CallBegun): void {
  const call = { number: byPosition.size + 1, begun };
  byPosition.set(begun.position, call);
  const place = callOfPosition(begun.position);
  const attempts = calls.get(place);
  if (attempts) attempts.push(call);
  else calls.set(place, [call]);
}

/** The attempt that counts: the last that ended well, else the last. */
export const decidingAttempt = (attempts: readonly RecordedCall[] = []): RecordedCall | undefined =>
  attempts.findLast(({ ended }) => ended?.status === 'ok') ?? attempts.at(-1);

/** The step of the definition that a path like `curate/check[2]~3` is an execution of. */
export function stepAt(definition: LoadedWorkflow, path: StepPath): LoadedStep | undefined {
  const [id = '', ...inner] = path.split('/').map((part) => part.replace(/[[~!].*$/, ''));
  const step = definition.steps.find((candidate) => candidate.id === id);
  if (inner.length === 0 || !step) return step;
  return step.kind === 'workflow' ? stepAt(step.workflow, inner.join('/')) : undefined;
}
