import type { Response, ResponseOutputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { Json } from '../../domain/json.ts';
import type { AssistantPart, NativeItem } from '../../domain/message.ts';
import type { ModelResponse, ModelStopReason } from '../../domain/model.ts';
import {
  ProtocolBreach,
  ReportedFailure,
  reportedFields,
  StreamCutOff,
  throwReported,
} from '../wire/failure.ts';
import type { AnswerReader } from '../wire/stream-once.ts';
import type { ToolNames } from '../wire/tool-names.ts';
import { responsesUsage } from './usage.ts';

export interface ResponsesReaderOptions {
  readonly names: ToolNames;
  readonly onText: ((text: string) => void) | undefined;
}

export class ResponsesReader implements AnswerReader<ResponseStreamEvent> {
  readonly #options: ResponsesReaderOptions;
  readonly #items: ResponseOutputItem[] = [];
  #response: Response | undefined;

  constructor(options: ResponsesReaderOptions) {
    this.#options = options;
  }

  event(event: ResponseStreamEvent): void {
    switch (event.type) {
      case 'response.output_text.delta':
        this.#options.onText?.(event.delta);
        return;
      case 'response.output_item.done':
        this.#items.push(event.item);
        return;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        this.#response = event.response;
        return;
      // Some servers send an error as an event like any other: without a name, its fields beside the type.
      case 'error':
        throw new ReportedFailure(reportedFields(event));
    }
  }

  whole(body: unknown): void {
    throwReported(body);
    const response = body as Response;
    if (!Array.isArray(response.output)) throw new ProtocolBreach('the answer has no output items');
    this.#response = response;
    for (const item of response.output) {
      if (item.type === 'message') this.#options.onText?.(messageText(item));
    }
  }

  finish(): ModelResponse {
    const response = this.#response;
    if (!response) throw new StreamCutOff();
    if (response.error) throw new ReportedFailure(reportedFields(response.error));
    // Some servers leave the output of the last event empty: the items have come one by one.
    const output = response.output?.length ? response.output : this.#items;
    const refusal = output.map(refusalOf).join('');
    return {
      message: { role: 'assistant', parts: output.map((item) => partOf(item, this.#options.names)) },
      stopReason: stopReasonOf(response, { output, refusal }),
      ...(refusal !== '' && { stopDetail: refusal }),
      ...responsesUsage(response.usage),
      ...(response.model && { resolvedModel: response.model }),
      ...(response.id && { providerId: response.id }),
    };
  }
}

function partOf(item: ResponseOutputItem, names: ToolNames): AssistantPart {
  const native: NativeItem = { api: 'openai.responses', item: item as unknown as Json };
  switch (item.type) {
    case 'message':
      return { type: 'text', text: messageText(item), native };
    case 'reasoning':
      return { type: 'reasoning', text: item.summary?.map((part) => part.text).join('\n') ?? '', native };
    case 'function_call':
      return {
        type: 'tool-call',
        callId: item.call_id,
        name: names.toOurs(item.name),
        argumentsText: item.arguments || '{}',
        native,
      };
    default:
      return { type: 'provider', native };
  }
}

type MessageItem = Extract<ResponseOutputItem, { type: 'message' }>;

function messageText(item: MessageItem): string {
  return item.content.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
}

function refusalOf(item: ResponseOutputItem): string {
  if (item.type !== 'message') return '';
  return item.content.map((part) => (part.type === 'refusal' ? part.refusal : '')).join('');
}

function stopReasonOf(
  response: Response,
  seen: { output: readonly ResponseOutputItem[]; refusal: string },
): ModelStopReason {
  if (response.status === 'incomplete') return incompleteReason(response);
  if (response.status === 'failed') throw new ReportedFailure({ message: 'the response failed' });
  // Compatible servers leave the status out; anything else that is said is not the end of an answer.
  if (response.status && response.status !== 'completed')
    throw new ProtocolBreach(`the response ended with the status "${response.status}"`);
  if (seen.refusal !== '') return 'refusal';
  return seen.output.some((item) => item.type === 'function_call') ? 'tool-calls' : 'end';
}

function incompleteReason(response: Response): ModelStopReason {
  const reason: string | undefined = response.incomplete_details?.reason;
  if (reason === 'content_filter') return 'content-filter';
  return reason === 'context_length_exceeded' ? 'context-overflow' : 'length';
}
