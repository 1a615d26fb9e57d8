import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { BenchContext } from '../subject.ts';
import type { Answer, Transport } from './hand-loop.ts';

/** Node's own fetch, without streaming: the least that a program can write without a package. */
export async function fetchTransport({ baseURL }: BenchContext): Promise<Transport> {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer none' };
  return async (request) => {
    const body = JSON.stringify(request);
    const response = await fetch(`${baseURL}/chat/completions`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return answerOf((await response.json()) as ChatCompletion);
  };
}

/** The `openai` SDK as its manual shows it. */
export async function sdkTransport(context: BenchContext): Promise<Transport> {
  const client = await openSdk(context);
  return async (request) => answerOf(await client.chat.completions.create({ ...request }));
}

/** The same, streamed, with the pieces put together by hand. */
export async function streamedSdkTransport(context: BenchContext): Promise<Transport> {
  const client = await openSdk(context);
  return async (request) => {
    const chunks = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    return collect(chunks);
  };
}

async function openSdk({ baseURL }: BenchContext) {
  const { OpenAI } = await import('openai');
  return new OpenAI({ apiKey: 'none', baseURL, maxRetries: 0 });
}

function answerOf({ choices: [choice], usage }: ChatCompletion): Answer {
  if (!choice) throw new Error('an answer without a choice');
  return { message: choice.message, usage };
}

async function collect(chunks: AsyncIterable<ChatCompletionChunk>): Promise<Answer> {
  let content = '';
  let usage: Answer['usage'];
  const calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[] = [];
  for await (const chunk of chunks) {
    usage = chunk.usage ?? usage;
    const delta = chunk.choices[0]?.delta;
    content += delta?.content ?? '';
    for (const piece of delta?.tool_calls ?? []) {
      const call = calls[piece.index] ?? { id: '', type: 'function', function: { name: '', arguments: '' } };
      calls[piece.index] = call;
      call.id ||= piece.id ?? '';
      call.function.name ||= piece.function?.name ?? '';
      call.function.arguments += piece.function?.arguments ?? '';
    }
  }
  const message = { role: 'assistant', content: content || null, refusal: null } as const;
  return { message: calls.length > 0 ? { ...message, tool_calls: calls } : message, usage };
}
