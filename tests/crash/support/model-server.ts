import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** US dollars for a million tokens: in the project's file and in the provider's bill. */
export const price = { input: 3, output: 15 };

export interface ModelServer {
  readonly url: string;
  /** Requests that have come in. */
  requests(): number;
  /** What has been billed, in US dollars: from the moment at which a request comes in, whoever still waits for it. */
  billedUsd(): number;
  /** Refuses every request from now on, or thinks for so long. */
  become(mood: { readonly refusing?: boolean; readonly thinkMs?: number }): void;
  close(): Promise<void>;
}

interface Body {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly stream?: boolean;
}

interface ChatMessage {
  readonly role: string;
  readonly content?: string | null;
  readonly tool_calls?: readonly unknown[];
}

interface Planned {
  readonly tool: string;
  readonly item: string;
}

/**
 * A model that keeps no conversation and survives whoever asks it. A prompt may hold a line `PLAN <json>`: a list of
 * turns, each a list of `[tool, item]`. It makes the calls of one turn after the other, and then answers with what
 * the tools said; without a plan it repeats its prompt.
 */
export async function startModelServer({ thinkMs }: { readonly thinkMs: number }): Promise<ModelServer> {
  const bill = { requests: 0, usd: 0 };
  let mood = { refusing: false, thinkMs };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: Body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const usage = usageOf(body);
      bill.requests += 1;
      if (mood.refusing) return refuse(response);
      bill.usd += (usage.prompt_tokens * price.input + usage.completion_tokens * price.output) / 1e6;
      void answer(response, { body, usage, thinkMs: mood.thinkMs });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: () => bill.requests,
    billedUsd: () => bill.usd,
    become: (change) => {
      mood = { ...mood, ...change };
    },
    close,
  };
}

function refuse(response: ServerResponse): void {
  response.writeHead(400, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ error: { message: 'the clerk is on strike', type: 'invalid_request_error' } }),
  );
}

type TokenUsage = ReturnType<typeof usageOf>;

function usageOf({ messages }: Body) {
  const characters = messages.reduce((sum, { content }) => sum + (content ?? '').length, 0);
  const prompt = 20 + Math.ceil(characters / 4);
  return { prompt_tokens: prompt, completion_tokens: 60, total_tokens: prompt + 60 };
}

async function answer(
  response: ServerResponse,
  { body, usage, thinkMs }: { readonly body: Body; readonly usage: TokenUsage; readonly thinkMs: number },
): Promise<void> {
  response.on('error', () => {}); // whoever asked may be dead by now
  await sleep(thinkMs / 2);
  const delta = { role: 'assistant', ...deltaOf(body) };
  const finish = 'tool_calls' in delta ? 'tool_calls' : 'stop';
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'clerk' };
  const chunk = (choices: readonly unknown[], rest: object = {}): string =>
    `data: ${JSON.stringify({ ...head, choices, ...rest })}\n\n`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk([{ index: 0, delta, finish_reason: null }]));
  // In two parts, so that there is a moment in the middle of an answer.
  await sleep(thinkMs / 2);
  response.write(chunk([{ index: 0, delta: {}, finish_reason: finish }]));
  response.end(`${chunk([], { usage })}data: [DONE]\n\n`);
}

function deltaOf({ messages, tools = [] }: Body) {
  // Values are fenced as data; the plan is read without the fences.
  const prompt = (messages.find(({ role }) => role === 'user')?.content ?? '').replace(
    /<\/?data [^>]*>/g,
    '',
  );
  const turn = messages.filter((message) => message.tool_calls !== undefined).length;
  const planned = planOf(prompt)[turn] ?? [];
  if (planned.length > 0) {
    const calls = planned.map(({ tool, item }, index) => ({
      index,
      id: `call_${turn}_${index}`,
      type: 'function',
      function: { name: spelled(tools, tool), arguments: JSON.stringify({ item }) },
    }));
    return { content: null, tool_calls: calls };
  }
  const heard = messages.filter(({ role }) => role === 'tool').map(({ content }) => content ?? '');
  const said = heard.length > 0 ? heard.join(', ') : prompt;
  const round = Number(/ROUND (\d+)/.exec(prompt)?.[1] ?? 0);
  return { content: JSON.stringify({ said, open: Math.max(0, 2 - round) }) };
}

function planOf(prompt: string): readonly (readonly Planned[])[] {
  const text = /^PLAN (.*)$/m.exec(prompt)?.[1];
  if (text === undefined) return [];
  const turns: readonly (readonly (readonly [string, string])[])[] = JSON.parse(text);
  return turns.map((calls) => calls.map(([tool, item]) => ({ tool, item })));
}

/** The tool's name as the request spells it. */
const spelled = (tools: NonNullable<Body['tools']>, tool: string): string =>
  tools.map((one) => one.function.name).find((name) => name.endsWith(tool)) ?? tool;
