import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../../../src/domain/json.ts';
import { eventText } from '../../models/support/provider-server.ts';

export interface Asked {
  readonly model: string;
  /** The words of the first user message. */
  readonly prompt: string;
  /** The results that tools have given so far. */
  readonly results: readonly string[];
  /** The tools on offer, as the provider is told their names. */
  readonly tools: readonly string[];
}

export type ChatReply =
  | { readonly text: string }
  | { readonly json: Json }
  | { readonly tool: string; readonly arguments: Json }
  | { readonly status: number; readonly error: string }
  /** Never answers. */
  | 'hang';

export interface ChatProvider {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** A server of the chat API on loopback that answers what the test says. 1,000 tokens in, 100 out. */
export async function startChat(answer: (asked: Asked) => ChatReply): Promise<ChatProvider> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = readRequest(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body);
      asked.push(one);
      const reply = answer(one);
      if (reply === 'hang') return;
      if ('status' in reply) {
        response.writeHead(reply.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: { message: reply.error } }));
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(eventText(chunksOf(one.model, reply)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

interface Body {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
}

function readRequest({ model, messages, tools = [] }: Body): Asked {
  const words = (role: string): string[] =>
    messages.filter((one) => one.role === role).map(({ content }) => String(content));
  return {
    model,
    prompt: words('user')[0] ?? '',
    results: words('tool'),
    tools: tools.map((tool) => tool.function.name),
  };
}

function chunksOf(model: string, reply: Exclude<ChatReply, 'hang' | { readonly status: number }>): unknown[] {
  const chunk = (delta: object, finish: string | null = null) => ({
    id: 'chat-1',
    object: 'chat.completion.chunk',
    created: 1,
    model,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const usage = {
    id: 'chat-1',
    object: 'chat.completion.chunk',
    created: 1,
    model,
    choices: [],
    usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
  };
  if ('tool' in reply) {
    const { tool: name, arguments: args } = reply;
    const call = {
      index: 0,
      id: 'call_1',
      type: 'function',
      function: { name, arguments: JSON.stringify(args) },
    };
    return [chunk({ role: 'assistant', tool_calls: [call] }), chunk({}, 'tool_calls'), usage];
  }
  const content = 'json' in reply ? JSON.stringify(reply.json) : reply.text;
  return [chunk({ role: 'assistant', content }), chunk({}, 'stop'), usage];
}
