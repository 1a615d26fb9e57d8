import { hash } from 'node:crypto';
import type { AssistantMessage } from '../../domain/message.ts';
import { textOf } from '../../domain/message.ts';
import type { ModelResponse } from '../../domain/model.ts';
import type { RunExport } from '../../domain/run-export.ts';
import { noUsage } from '../../domain/usage.ts';
import { InterruptedError, ModelError } from '../../errors/index.ts';
import type { ModelCallContext, ModelClient } from '../../ports/model-client.ts';
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
    answersAs: (position) => requestedModel(source, calls.get(position)),
    async generate(_request, context) {
      if (context.signal.aborted)
        throw new InterruptedError({ code: 'INTERRUPTED', message: 'the model call was interrupted' });
      const response = answer(source, { call: calls.get(context.position), context });
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

function answer(
  source: Recording,
  asked: { call: RecordedCall | undefined; context: ModelCallContext },
): ModelResponse {
  const { call, context } = asked;
  if (!call) throw diverged(source, context, 'holds no model call there');
  if (call.begun.fingerprint !== context.fingerprint)
    throw diverged(source, context, `answers another request there (made for ${call.begun.name})`);
  const { ended } = call;
  if (!ended) throw diverged(source, context, 'was cut off in the middle of that call');
  if (ended.status === 'error') throw recordedFailure(ended, source.name);
  const text = ended.result === undefined ? undefined : source.recording.blobs.get(ended.result);
  if (text === undefined) throw diverged(source, context, 'has lost the text of that answer');
  if (hash('sha256', text, 'hex') !== ended.result)
    throw diverged(source, context, 'has another text under that answer’s hash: the file was changed');
  return {
    message: JSON.parse(text) as AssistantMessage,
    stopReason: ended.stopReason ?? 'end',
    usage: ended.usage ?? noUsage,
    resolvedModel: ended.resolvedModel ?? call.begun.name,
    ...(ended.providerId !== undefined && { providerId: ended.providerId }),
  };
}

function diverged(source: Recording, context: ModelCallContext, what: string): ModelError {
  return new ModelError({
    code: 'RECORDING_DIVERGED',
    message: `the recording "${source.name}" does not answer ${context.position}: it ${what}`,
    hint:
      'a prompt, a setting, a tool or what a tool answered is not as it was (a lake that is not empty answers otherwise): ' +
      `run with a live model (--model provider:model), and record anew with: aiworkflow export <run> > ${source.path}`,
    details: {
      recording: source.name,
      path: source.path,
      position: context.position,
      fingerprint: context.fingerprint,
    },
  });
}
