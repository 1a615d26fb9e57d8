import { createHash } from 'node:crypto';
import type { CallEnded } from '../domain/events.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import {
  callOfPosition,
  modelPosition,
  type Position,
  type StepPath,
  stepOfPosition,
  turnOfPosition,
} from '../domain/position.ts';
import type { AuditReader } from '../ports/audit-log.ts';
import {
  decidingAttempt,
  loadText,
  type RecordedCall,
  type RunRecord,
  readRunRecord,
  stepAt,
} from './run-record.ts';

/** What the log says of the call that made a change: what was called, who asked for it, by which prompt. */
export interface CallStory {
  /** `<run>/<position>`, as the change names it. */
  readonly key: string;
  readonly runId: string;
  readonly position: Position;
  readonly step: StepPath;
  /** For `aiworkflow show <run> --call <number>`. */
  readonly number: number;
  readonly tool: string;
  readonly at: number;
  readonly status: 'ok' | 'error' | 'in-doubt';
  readonly source: CallEnded['source'] | undefined;
  readonly arguments: JsonObject | undefined;
  readonly workflow: { readonly id: string; readonly file?: string; readonly definition?: string };
  readonly run: {
    readonly startedAt: number;
    readonly program: string;
    readonly parentRunId?: string;
    readonly origin?: string;
  };
  /** The model that asked for the call; absent for a `call:` step, where the workflow itself does. */
  readonly model?: AskingModel;
  /** The files of the step's prompt, as they were when the run began. */
  readonly prompt: readonly PromptFile[];
  /** What a person, or a rule, decided about the call. */
  readonly decision?: { readonly decision: string; readonly by: string; readonly why: string };
}

export interface AskingModel {
  /** `provider:model`, as configured. */
  readonly asked: string;
  /** The model that answered, when the provider named another. */
  readonly answered?: string;
  /** The model call with the rendered prompt and the answer that asked for the tool. */
  readonly call: number;
  readonly position: Position;
  readonly source: CallEnded['source'] | undefined;
}

export interface PromptFile {
  readonly file: string;
  readonly line: number;
  /** Of the templates that the file holds, joined by a line feed. */
  readonly sha256: string;
}

export interface FoundCall {
  readonly story: CallStory | undefined;
  /** What is not there to be told, in whole sentences. */
  readonly missing: readonly string[];
}

export interface CallReader {
  /** `<run>/<position>` */
  find(key: string): FoundCall;
  run(runId: string): RunRecord | undefined;
}

/**
 * Reads calls by their keys; a run is read once. `whyAbsent` says what became of a run that the log does not hold: it
 * was never in this log, or it was pruned.
 */
export function callReader(log: AuditReader, whyAbsent: (runId: string) => string): CallReader {
  const records = new Map<string, RunRecord | undefined>();
  const run = (runId: string): RunRecord | undefined => {
    if (!records.has(runId)) records.set(runId, readRunRecord(log, runId));
    return records.get(runId);
  };
  return {
    run,
    find(key) {
      const [runId, position] = splitKey(key);
      const record = run(runId);
      if (!record) return { story: undefined, missing: [whyAbsent(runId)] };
      const call = decidingAttempt(record.calls.get(callOfPosition(position)));
      if (!call)
        return { story: undefined, missing: [`Run ${runId} has no call at ${position} in this log.`] };
      return tell(log, { key, record, call });
    },
  };
}

/** The run's id holds no slash, positions do. */
function splitKey(key: string): readonly [runId: string, position: Position] {
  const slash = key.indexOf('/');
  return slash === -1 ? [key, ''] : [key.slice(0, slash), key.slice(slash + 1)];
}

interface Told {
  readonly key: string;
  readonly record: RunRecord;
  readonly call: RecordedCall;
}

function tell(log: AuditReader, { key, record, call }: Told): FoundCall {
  const { begun, ended, resolved, number } = call;
  const { started, definition } = record;
  const step = stepOfPosition(begun.position);
  const request = argumentsOf(log, begun.request);
  const model = askingModel(record, begun.position);
  const story: CallStory = {
    key,
    runId: record.runId,
    position: begun.position,
    step,
    number,
    tool: begun.name,
    at: begun.at,
    status: ended?.status ?? 'in-doubt',
    source: ended?.source,
    arguments: request.value,
    workflow: {
      id: started.workflowId,
      ...(definition && { file: definition.file }),
      ...(started.definition !== undefined && { definition: started.definition }),
    },
    run: {
      startedAt: started.at,
      program: started.program,
      ...(started.parentRunId !== undefined && { parentRunId: started.parentRunId }),
      ...(started.origin && { origin: started.origin.kind }),
    },
    ...(model && { model }),
    prompt: promptFiles(record, step),
    ...(resolved && { decision: { decision: resolved.decision, by: resolved.by, why: resolved.why } }),
  };
  const noDefinition =
    record.definitionMissing === undefined
      ? []
      : [`The workflow's text is not there: ${record.definitionMissing}`];
  return { story, missing: [...request.missing, ...noDefinition] };
}

function argumentsOf(
  log: AuditReader,
  hash: string,
): { readonly value: JsonObject | undefined; readonly missing: readonly string[] } {
  const loaded = loadText(log, hash);
  if ('missing' in loaded)
    return { value: undefined, missing: [`What the call was given is not there: ${loaded.missing}`] };
  const request = JSON.parse(loaded.text) as Json;
  const given = isJsonObject(request) ? request['arguments'] : undefined;
  return { value: isJsonObject(given) ? given : undefined, missing: [] };
}

/** The model call of the same turn, whose answer asked for the tool. */
export function askingModel({ calls }: RunRecord, position: Position): AskingModel | undefined {
  const turn = turnOfPosition(position);
  if (turn === 0) return undefined;
  const call = decidingAttempt(calls.get(modelPosition(stepOfPosition(position), turn, 1)));
  if (!call) return undefined;
  const { begun, ended, number } = call;
  return {
    asked: begun.name,
    ...(ended?.resolvedModel !== undefined && { answered: ended.resolvedModel }),
    call: number,
    position: begun.position,
    source: ended?.source,
  };
}

export function promptFiles({ definition }: RunRecord, path: StepPath): PromptFile[] {
  const step = definition && stepAt(definition, path);
  if (step?.kind !== 'prompt') return [];
  const byFile = Map.groupBy(step.prompt.messages, ({ template }) => template.origin.file);
  return [...byFile].map(([file, messages]) => ({
    file,
    line: messages[0]?.template.origin.line ?? 1,
    sha256: sha256(messages.map(({ template }) => template.text).join('\n')),
  }));
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
