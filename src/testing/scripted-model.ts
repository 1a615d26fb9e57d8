import { canonicalJson } from '../domain/canonical-json.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { AssistantMessage, AssistantPart } from '../domain/message.ts';
import type { ModelRequest, ModelResponse, ModelStopReason } from '../domain/model.ts';
import { noUsage, type Usage } from '../domain/usage.ts';
import { InterruptedError, ModelError } from '../errors/index.ts';
import type { ModelCallContext, ModelClient } from '../ports/model-client.ts';

/** One answer of a scripted model: text, tool calls, both, or a failure. */
export interface ScriptedAnswer {
  readonly text?: string;
  /** Rendered as JSON text: what a model with a response contract answers. */
  readonly json?: Json;
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: JsonObject | string }[];
  readonly stopReason?: ModelStopReason;
  readonly usage?: Partial<Usage>;
  /** Thrown instead of an answer. */
  readonly error?: Error;
  /** Waits this long before it answers, in milliseconds. */
  readonly delayMs?: number;
}

export type ScriptedReply = ScriptedAnswer | string | AssistantMessage;
export type Script =
  | readonly ScriptedReply[]
  | ((request: ModelRequest, context: ModelCallContext) => ScriptedReply | Promise<ScriptedReply>);

export interface ScriptedModel extends ModelClient {
  /** Every request that the model was asked, in order. Messages are as they were at that moment. */
  readonly requests: readonly ModelRequest[];
}

/**
 * A model that says what it is told to: for tests of workflows, prompts and tools, without a provider.
 * A list is answered from in order and throws SCRIPT_EXHAUSTED at its end; a function is asked each time.
 *
 *     const model = scriptedModel([{ toolCalls: [{ name: 'files.list', arguments: {} }] }, { json: { files: [] } }]);
 */
export function scriptedModel(script: Script, id = 'scripted:model'): ScriptedModel {
  const requests: ModelRequest[] = [];
  let next = 0;
  return {
    id,
    source: 'live',
    requests,
    async generate(request, context) {
      requests.push({ ...request, messages: [...request.messages] });
      const reply = typeof script === 'function' ? await script(request, context) : script[next++];
      if (reply === undefined) throw exhausted(context.position, next - 1);
      return respond(reply, request, context);
    },
  };
}

async function respond(
  reply: ScriptedReply,
  request: ModelRequest,
  context: ModelCallContext,
): Promise<ModelResponse> {
  const answer: ScriptedAnswer = typeof reply === 'string' ? { text: reply } : 'role' in reply ? {} : reply;
  if (answer.delayMs !== undefined) await wait(answer.delayMs, context.signal);
  if (context.signal.aborted) throw interrupted();
  if (answer.error) throw answer.error;
  const message =
    typeof reply === 'object' && 'role' in reply
      ? reply
      : { role: 'assistant' as const, parts: partsOf(answer, context) };
  const calls = message.parts.some((part) => part.type === 'tool-call');
  return {
    message,
    stopReason: answer.stopReason ?? (calls ? 'tool-calls' : 'end'),
    usage: { ...estimatedUsage(request, message), ...answer.usage },
  };
}

function partsOf(answer: ScriptedAnswer, context: ModelCallContext): AssistantPart[] {
  const text = answer.json === undefined ? answer.text : canonicalJson(answer.json);
  const calls = (answer.toolCalls ?? []).map((call, index) => ({
    type: 'tool-call' as const,
    callId: `call_${context.position}_${index + 1}`,
    name: call.name,
    argumentsText: typeof call.arguments === 'string' ? call.arguments : canonicalJson(call.arguments),
  }));
  return [...(text === undefined ? [] : [{ type: 'text' as const, text }]), ...calls];
}

/** Four characters a token: no tokenizer's count, but it grows as one would. */
function estimatedUsage(request: ModelRequest, message: AssistantMessage): Usage {
  return {
    ...noUsage,
    inputTokens: Math.ceil(JSON.stringify(request.messages).length / 4),
    outputTokens: Math.ceil(JSON.stringify(message.parts).length / 4),
  };
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(interrupted());
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

const interrupted = (): InterruptedError =>
  new InterruptedError({ code: 'INTERRUPTED', message: 'The model call was interrupted.' });

function exhausted(position: string, answers: number): ModelError {
  return new ModelError({
    code: 'SCRIPT_EXHAUSTED',
    message: `The scripted model has ${answers} answers and is asked for one more, at ${position}.`,
    hint: 'Add an answer to the script, or find out why the step takes another turn.',
  });
}
