import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { createFixtureServer } from './fixtures/modern-server.ts';
import { afterTest } from './support.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An HTTP server on loopback that ends with the test. `port` 0 takes a free one. */
export async function listen(
  listener: Listener,
  port = 0,
): Promise<{ server: Server; url: string; port: number }> {
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  afterTest(() => stop(server));
  const address = server.address() as AddressInfo;
  return { server, port: address.port, url: `http://127.0.0.1:${address.port}/mcp` };
}

export function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** The fixture server behind streamable HTTP. */
export function modernListener(options: { responseMode?: 'json' | 'sse' | 'auto' } = {}): Listener {
  const handler = createMcpHandler(
    ({ requestInfo }) => createFixtureServer({ headers: Object.fromEntries(requestInfo?.headers ?? []) }),
    { maxRequestBodySize: 20_000_000, ...options },
  );
  return toNodeHandler(handler) as Listener;
}
