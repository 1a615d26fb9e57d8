import type { Hash } from '../../domain/hash.ts';
import type { AssistantMessage } from '../../domain/message.ts';
import { textOf } from '../../domain/message.ts';
import type { ModelRequest, ModelResponse } from '../../domain/model.ts';
import type { RunExport } from '../../domain/run-export.ts';
import { noUsage } from '../../domain/usage.ts';
import { InterruptedError, LogError, ModelError } from '../../errors/index.ts';
import type { ModelCallContext, ModelClient } from '../../ports/model-client.ts';
import { explainDivergence } from './explain-divergence.ts';
import { type RecordedCall, recordedCalls } from './recorded-calls.ts';
import { recordedFailure } from './recorded-failure.ts';

export interface Recording {
  /** As it was asked for, after `recorded:`. */
  readonly name: string;
  readonly path: string;
  readonly recording: RunExport;
}

/**
 * Answers from a recorded run: the same position and the same fingerprint get the same answer, or the same
 * failure. Anything else is a divergence, never a guess.
 */
export function createRecordedClient(source: Recording): ModelClient {
  const calls = recordedCalls(source.recording);
  return {
    id: `recorded:${source.name}`,
    source: 'recorded',
    recordedWorkflowId: source.recording.workflowId,
    answersAs: (position) => requestedModel(source, calls.get(position)),
    async generate(request, context) {
      if (context.signal.aborted)
        throw new InterruptedError({ code: 'INTERRUPTED', message: 'the model call was interrupted' });
      const response = answer(source, { call: calls.get(context.position), request, context });
      context.onText?.(textOf(response.message));
      return response;
    },
  };
}

/**
 * The model in the recorded request. Not the name of the call: in a run that was itself answered by a recording the two
 * differ, and the fingerprint was made of the request.
 */
function requestedModel({ recording }: Recording, call: RecordedCall | undefined): string | undefined {
  const frame = call && recording.blobs.get(call.begun.request);
  return frame === undefined ? undefined : (JSON.parse(frame) as { readonly model?: string }).model;
}

interface Asked {
  readonly call: RecordedCall | undefined;
  readonly request: ModelRequest;
  readonly context: ModelCallContext;
}

function answer(source: Recording, asked: Asked): ModelResponse {
  const { call, context } = asked;
  if (!call) throw notRecorded(source, context);
  if (call.begun.fingerprint !== context.fingerprint) throw anotherRequest(source, call, asked);
  const { ended } = call;
  if (!ended) throw diverged(source, context, { what: 'it was cut off in the middle of that call' });
  if (ended.status === 'error') throw recordedFailure(ended, source.name);
  const text = ended.result === undefined ? undefined : source.recording.blobs.get(ended.result);
  if (ended.result !== undefined) refuseRedacted(source, { hash: ended.result, position: context.position });
  if (text === undefined) throw diverged(source, context, { what: 'it has lost the text of that answer' });
  return {
    message: JSON.parse(text) as AssistantMessage,
    stopReason: ended.stopReason ?? 'end',
    usage: ended.usage ?? noUsage,
    resolvedModel: ended.resolvedModel ?? call.begun.name,
    ...(ended.providerId !== undefined && { providerId: ended.providerId }),
  };
}

function refuseRedacted(
  { recording, name, path }: Recording,
  { hash, position }: { readonly hash: Hash; readonly position: string },
): void {
  const gone = recording.redacted.get(hash);
  if (!gone) return;
  throw new LogError({
    code: 'TEXT_REDACTED',
    message: `the recording "${name}" cannot answer ${position}: that answer was redacted by ${gone.by} (${gone.why})`,
    hint: 'run with a live model: --model provider:model.',
    details: { recording: name, path, position, hash },
  });
}

function notRecorded(source: Recording, context: ModelCallContext): ModelError {
  const { workflowId } = source.recording;
  return diverged(source, context, {
    what: `it holds no model call there. It is a run of workflow "${workflowId}", and answers that one only`,
    hint:
      'run with a live model: --model provider:model. A workflow without a `model:` of its own has the one of ' +
      'aiworkflow.yaml; set it there or in the workflow.',
  });
}

function anotherRequest(source: Recording, { begun }: RecordedCall, asked: Asked): ModelError {
  const differences = explainDivergence(source.recording, begun, asked.request);
  const parts = differences.map((difference) => `\n- ${difference}`).join('');
  const what = parts === '' ? ' (which part of it cannot be told)' : `. Not as it was recorded:${parts}`;
  return diverged(source, asked.context, {
    what: `it answers another request there, made for ${begun.name}${what}`,
  });
}

function diverged(
  source: Recording,
  context: ModelCallContext,
  { what, hint = hintOf(source) }: { readonly what: string; readonly hint?: string },
): ModelError {
  return new ModelError({
    code: 'RECORDING_DIVERGED',
    message: `the recording "${source.name}" does not answer ${context.position}: ${what}`,
    hint,
    details: {
      recording: source.name,
      path: source.path,
      workflowId: source.recording.workflowId,
      position: context.position,
      fingerprint: context.fingerprint,
    },
  });
}

const hintOf = ({ path }: Recording) =>
  'run with a live model: --model provider:model; or undo what was changed (a prompt, a setting, a tool, its data: a ' +
  'lake that is not empty answers otherwise). Only if the recording is meant to change, export a new run over it: ' +
  `aiworkflow export <run> > ${path}`;
