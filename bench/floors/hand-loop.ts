import type {
  ChatCompletion,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { MODEL, PROMPT, SYSTEM, TOOL_DESC, TOOL_JSON_SCHEMA, TOOL_NAME } from '../adapters/_shared.mjs';
import type { BenchContext } from '../subject.ts';

export interface ChatRequest {
  readonly model: string;
  readonly messages: ChatCompletionMessageParam[];
  readonly tools: {
    type: 'function';
    function: { name: string; description: string; parameters: Record<string, unknown> };
  }[];
}

export interface Answer {
  readonly message: ChatCompletionMessage;
  readonly usage?: ChatCompletion['usage'];
}

/** Sends the whole conversation and gives the answer. */
export type Transport = (request: ChatRequest) => Promise<Answer>;

/** What a hand-written log is told, right after it happened. */
export interface Rows {
  readonly model: (turn: number, answer: Answer) => void;
  readonly tool: (turn: number, result: { readonly call: unknown; readonly result: string }) => void;
}

const tools: ChatRequest['tools'] = [
  { type: 'function', function: { name: TOOL_NAME, description: TOOL_DESC, parameters: TOOL_JSON_SCHEMA } },
];

/** The loop that everybody writes first. */
export async function handLoop(context: BenchContext, transport: Transport, rows?: Rows): Promise<string> {
  const messages: ChatCompletionMessageParam[] = [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: PROMPT },
  ];
  for (let turn = 1; turn <= context.turns; turn++) {
    const answer = await transport({ model: MODEL, messages, tools });
    messages.push(answer.message);
    rows?.model(turn, answer);
    const calls = answer.message.tool_calls ?? [];
    if (calls.length === 0) return answer.message.content ?? '';
    for (const call of calls) {
      if (call.type !== 'function') continue;
      const result = await context.tool(JSON.parse(call.function.arguments));
      messages.push({ role: 'tool', tool_call_id: call.id, content: result });
      rows?.tool(turn, { call, result });
    }
  }
  throw new Error(`no answer within ${context.turns} turns`);
}
