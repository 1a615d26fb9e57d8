import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { AssistantPart, NativeItem } from '../../domain/message.ts';
import type { ModelResponse, ModelStopReason } from '../../domain/model.ts';
import { ProtocolBreach, StreamCutOff, throwReported } from '../wire/failure.ts';
import type { AnswerReader } from '../wire/stream-once.ts';
import type { ToolNames } from '../wire/tool-names.ts';
import type { ChatAnswer, ChatDelta, ChatEvent, ChatUsage } from './deviations.ts';
import { plainText } from './deviations.ts';
import { ToolCalls } from './tool-calls.ts';
import { chatUsage } from './usage.ts';

export interface ChatReaderOptions {
  readonly provider: string;
  readonly names: ToolNames;
  /** Number of messages sent: makes ids of our own unique in the conversation. */
  readonly turn: number;
  readonly onText: ((text: string) => void) | undefined;
}

export class ChatReader implements AnswerReader<ChatCompletionChunk> {
  readonly #options: ChatReaderOptions;
  readonly #calls: ToolCalls;
  #text = '';
  #refusal = '';
  readonly #reasoning: { reasoning_content?: string; reasoning?: string; reasoning_details?: Json[] } = {};
  #finish: string | undefined;
  #usage: ChatUsage | undefined;
  #id: string | undefined;
  #model: string | undefined;

  constructor(options: ChatReaderOptions) {
    this.#options = options;
    this.#calls = new ToolCalls(options.turn);
  }

  event(chunk: ChatCompletionChunk): void {
    this.#read(chunk as unknown as ChatEvent);
  }

  whole(body: unknown): void {
    throwReported(body);
    const answer = body as ChatAnswer;
    const choice = answer.choices?.[0];
    if (!choice?.message) throw new ProtocolBreach('the answer has no message in choices[0]');
    const { message, finish_reason } = choice;
    this.#read({ ...answer, choices: [{ delta: message, finish_reason }] });
  }

  finish(): ModelResponse {
    if (this.#finish === undefined) throw new StreamCutOff();
    const stopReason = this.#stopReason(this.#finish);
    return {
      message: { role: 'assistant', parts: this.#parts() },
      stopReason,
      ...(this.#refusal !== '' && { stopDetail: this.#refusal }),
      ...chatUsage(this.#usage),
      ...(this.#model && { resolvedModel: this.#model }),
      ...(this.#id && { providerId: this.#id }),
    };
  }

  #read(event: ChatEvent): void {
    this.#id ??= event.id || undefined;
    this.#model ??= event.model || undefined;
    // Some servers repeat it in every chunk, growing: the last one is the whole.
    if (event.usage) this.#usage = event.usage;
    const choice = event.choices?.[0];
    if (!choice) return;
    if (choice.delta) this.#delta(choice.delta);
    if (choice.finish_reason) this.#finish = choice.finish_reason;
  }

  #delta(delta: ChatDelta): void {
    const text = plainText(delta.content);
    if (text !== '') {
      this.#text += text;
      this.#options.onText?.(text);
    }
    if (delta.refusal) this.#refusal += delta.refusal;
    this.#think(delta);
    for (const piece of delta.tool_calls ?? []) this.#calls.add(piece);
  }

  #think(delta: ChatDelta): void {
    const kept = this.#reasoning;
    if (delta.reasoning_content)
      kept.reasoning_content = (kept.reasoning_content ?? '') + delta.reasoning_content;
    if (delta.reasoning) kept.reasoning = (kept.reasoning ?? '') + delta.reasoning;
    if (delta.reasoning_details?.length)
      kept.reasoning_details = [...(kept.reasoning_details ?? []), ...delta.reasoning_details];
  }

  #parts(): AssistantPart[] {
    const parts: AssistantPart[] = [];
    const { reasoning_content, reasoning, reasoning_details } = this.#reasoning;
    const thought = reasoning_content ?? reasoning ?? '';
    if (thought !== '' || reasoning_details)
      parts.push({ type: 'reasoning', text: thought, native: this.#own({ ...this.#reasoning }) });
    if (this.#text !== '') parts.push({ type: 'text', text: this.#text });
    if (this.#refusal !== '') parts.push({ type: 'provider', native: this.#own({ refusal: this.#refusal }) });
    for (const call of this.#calls.all()) {
      const { extra, name, ...fields } = call;
      parts.push({
        type: 'tool-call',
        ...fields,
        name: this.#options.names.toOurs(name),
        ...(extra && { native: this.#own(extra) }),
      });
    }
    return parts;
  }

  #own(fields: JsonObject): NativeItem {
    return { api: 'openai.chat', item: { provider: this.#options.provider, fields } };
  }

  #stopReason(finish: string): ModelStopReason {
    const known = stopReasons[finish];
    if (!known) throw new ProtocolBreach(`the answer ended with the unknown finish_reason "${finish}"`);
    if (known !== 'end' && known !== 'tool-calls') return known;
    if (this.#refusal !== '') return 'refusal';
    // Compatible servers say `stop` beside tool calls, or `tool_calls` without any.
    return this.#calls.all().length > 0 ? 'tool-calls' : 'end';
  }
}

const stopReasons: Readonly<Record<string, ModelStopReason | undefined>> = {
  stop: 'end',
  eos: 'end',
  eos_token: 'end',
  end_turn: 'end',
  stop_sequence: 'end',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  length: 'length',
  max_tokens: 'length',
  model_length: 'context-overflow',
  content_filter: 'content-filter',
};
