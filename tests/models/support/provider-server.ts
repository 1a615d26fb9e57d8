import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with one request; the last one is repeated. */
export type Reply = (response: ServerResponse) => void | Promise<void>;

export interface ProviderServer {
  readonly url: string;
  // biome-ignore lint/suspicious/noExplicitAny: foreign JSON, read by the tests only
  readonly bodies: any[];
  readonly headers: Record<string, string | string[] | undefined>[];
  connections(): number;
  close(): Promise<void>;
}

/** A model server of the test's own, on loopback. */
export async function startProvider(replies: readonly Reply[]): Promise<ProviderServer> {
  const bodies: unknown[] = [];
  const headers: ProviderServer['headers'] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      headers.push(request.headers);
      void replies[Math.min(bodies.length, replies.length) - 1]?.(response);
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    headers,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export const jsonReply =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

export const textReply =
  (body: string, contentType: string, status = 200): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': contentType });
    response.end(body);
  };

/** Server-sent events as each of the APIs spells them. Chat events have no name and end with [DONE]. */
export const eventText = (events: readonly unknown[], end = true): string => {
  const named = events.map((event) => {
    const { type } = event as { type?: string };
    return `${type === undefined ? '' : `event: ${type}\n`}data: ${JSON.stringify(event)}\n\n`;
  });
  const isChat = events.every((event) => (event as { type?: string }).type === undefined);
  return named.join('') + (isChat && end ? 'data: [DONE]\n\n' : '');
};

export const eventReply =
  (events: readonly unknown[], end = true): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(eventText(events, end));
  };
