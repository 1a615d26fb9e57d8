import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { type Message, toolCallsOf } from '../../src/domain/message.ts';
import type { ModelRequest, ModelResponse } from '../../src/domain/model.ts';
import { callContext } from './support/call-context.ts';
import { type Api, openModel } from './support/open-model.ts';
import { eventReply, type ProviderServer, startProvider } from './support/provider-server.ts';

interface OwnExchanges {
  readonly api: Api;
  readonly exchanges: readonly {
    readonly request: Record<string, unknown>;
    readonly events: readonly unknown[];
    readonly answer: ModelResponse;
  }[];
}

let server: ProviderServer | undefined;
afterEach(() => server?.close());

const lineCount = {
  type: 'object',
  properties: { lines: { type: 'integer', minimum: 0 } },
  required: ['lines'],
  additionalProperties: false,
};

test.each(['openai-chat', 'openai-responses', 'anthropic-messages'])(
  '%s: two turns with a tool, as written by hand',
  async (name) => {
    const { api, exchanges } = JSON.parse(
      readFileSync(`tests/recordings/models/${name}.json`, 'utf8'),
    ) as OwnExchanges;
    server = await startProvider(exchanges.map(({ events }) => eventReply(events)));
    const client = await openModel(api, server.url, { model: exchanges[0]!.request['model'] as string });
    const messages: Message[] = [
      { role: 'system', text: 'Count lines.' },
      { role: 'user', content: [{ type: 'text', text: 'How many lines has feed.csv?' }] },
    ];
    const request: ModelRequest = {
      messages,
      tools: [
        {
          name: 'files.read_text_file',
          description: 'Reads a file',
          inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
          effect: 'read',
        },
      ],
      output: { name: 'count', schema: lineCount },
      settings: { maxOutputTokens: 500, temperature: 0 },
    };
    let streamed = '';
    for (const { answer: expected } of exchanges) {
      const context = callContext({
        onText: (text) => {
          streamed += text;
        },
      });
      const answer = await client.generate(request, context);
      expect(answer).toMatchObject(expected);
      messages.push(answer.message);
      for (const call of toolCallsOf(answer.message))
        messages.push({
          role: 'tool',
          callId: call.callId,
          name: call.name,
          content: [{ type: 'text', text: 'a;b\n1;2' }],
          isError: false,
        });
    }
    expect(streamed).toBe('Reading.{"lines": 2}');
    for (const [index, { request: expected }] of exchanges.entries())
      expect(server.bodies[index]).toMatchObject(expected);
    // The second turn went over the connection of the first.
    expect(server.connections()).toBe(1);
  },
);
