import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { JsonObject } from '../../domain/json.ts';
import type { ModelResponse, ModelStopReason } from '../../domain/model.ts';
import { ProtocolBreach, StreamCutOff, throwReported } from '../wire/failure.ts';
import type { AnswerReader } from '../wire/stream-once.ts';
import type { ToolNames } from '../wire/tool-names.ts';
import { Block } from './block.ts';
import { type AnthropicUsage, messagesUsage } from './usage.ts';

export interface MessagesReaderOptions {
  readonly names: ToolNames;
  readonly onText: ((text: string) => void) | undefined;
}

interface StopDetails {
  readonly category?: string | null;
  readonly explanation?: string | null;
}

/** The message as it is known so far: the SDK's types, with everything optional that compatible servers leave out. */
interface Envelope {
  readonly id?: string;
  readonly model?: string;
  readonly usage?: AnthropicUsage | null;
  readonly content?: readonly JsonObject[];
  readonly stop_reason?: string | null;
  readonly stop_details?: StopDetails | null;
}

export class MessagesReader implements AnswerReader<RawMessageStreamEvent> {
  readonly #options: MessagesReaderOptions;
  readonly #blocks = new Map<number, Block>();
  #envelope: Envelope = {};
  #usage: AnthropicUsage = {};
  #complete = false;

  constructor(options: MessagesReaderOptions) {
    this.#options = options;
  }

  event(event: RawMessageStreamEvent): void {
    switch (event.type) {
      case 'message_start':
        this.#take(event.message as unknown as Envelope);
        return;
      case 'content_block_start':
        this.#blocks.set(event.index, new Block(event.content_block as unknown as JsonObject));
        return;
      case 'content_block_delta':
        this.#delta(event.index, event.delta as unknown as JsonObject);
        return;
      case 'message_delta':
        this.#take({ ...(event.delta as unknown as Envelope), usage: event.usage });
        return;
      case 'message_stop':
        this.#complete = true;
        return;
    }
  }

  whole(body: unknown): void {
    throwReported(body);
    const message = body as Envelope;
    if (!Array.isArray(message.content)) throw new ProtocolBreach('the answer has no content blocks');
    this.#take(message);
    for (const [index, block] of message.content.entries()) this.#blocks.set(index, Block.whole(block));
    this.#complete = true;
  }

  finish(): ModelResponse {
    const { id, model, stop_reason, stop_details } = this.#envelope;
    if (!this.#complete || !stop_reason) throw new StreamCutOff();
    const detail = [stop_details?.category, stop_details?.explanation].filter(Boolean).join(': ');
    const blocks = [...this.#blocks].sort(([a], [b]) => a - b).map(([, block]) => block);
    return {
      message: { role: 'assistant', parts: blocks.map((block) => block.part(this.#options.names)) },
      stopReason: stopReasonOf(stop_reason),
      ...(detail !== '' && { stopDetail: detail }),
      ...messagesUsage(this.#usage),
      ...(model && { resolvedModel: model }),
      ...(id && { providerId: id }),
    };
  }

  #take({ usage, ...fields }: Envelope): void {
    this.#envelope = { ...this.#envelope, ...fields };
    // Later figures are totals, but null where they are the same as at the start.
    const known = Object.entries(usage ?? {}).filter(([, value]) => value !== null && value !== undefined);
    this.#usage = { ...this.#usage, ...Object.fromEntries(known) };
  }

  #delta(index: number, delta: JsonObject): void {
    const block = this.#blocks.get(index);
    if (!block) throw new ProtocolBreach(`a delta for the block ${index}, which was never started`);
    block.add(delta);
    if (delta['type'] === 'text_delta') this.#options.onText?.(String(delta['text']));
  }
}

function stopReasonOf(reason: string): ModelStopReason {
  const known = stopReasons[reason];
  if (!known) throw new ProtocolBreach(`the answer ended with the unknown stop_reason "${reason}"`);
  return known;
}

const stopReasons: Readonly<Record<string, ModelStopReason | undefined>> = {
  end_turn: 'end',
  stop_sequence: 'end',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-overflow',
  refusal: 'refusal',
  pause_turn: 'pause',
};
