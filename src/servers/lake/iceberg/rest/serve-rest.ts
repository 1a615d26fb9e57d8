import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../../../errors/index.ts';
import type { SqliteCatalog } from '../catalog/sqlite-catalog.ts';
import { answerRoute, failure, type RestAnswer } from './rest-answers.ts';
import { routeOf } from './rest-routes.ts';

export interface RestSettings {
  readonly catalog: SqliteCatalog;
  /** By default 127.0.0.1. There are no passwords: whoever reaches the port can list the tables and their files' names. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface RestFront {
  /** `http://127.0.0.1:8181` */
  readonly url: string;
  close(): Promise<void>;
}

/** Iceberg's REST catalog, for reading: engines list the tables here and read their files themselves. */
export async function serveRest(settings: RestSettings): Promise<RestFront> {
  const { catalog, host = '127.0.0.1', port } = settings;
  const server = createServer((request, response) => send(response, answer(request, catalog)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, catalog: SqliteCatalog): RestAnswer {
  if (!isMeantForUs(request)) {
    return failure(403, {
      type: 'ForbiddenException',
      message: 'This address is not served under that host name.',
    });
  }
  try {
    const url = new URL(request.url ?? '/', 'http://localhost');
    return answerRoute(routeOf(request.method ?? 'GET', url), catalog);
  } catch (error) {
    if (error instanceof URIError || error instanceof TypeError) {
      return failure(400, { type: 'BadRequestException', message: messageOf(error) });
    }
    return failure(500, { type: 'InternalServerError', message: messageOf(error) });
  }
}

/** A web page may point a name of its own at this machine and ask in the reader's browser; the name gives it away. */
function isMeantForUs(request: IncomingMessage): boolean {
  const address = request.socket.localAddress ?? '';
  if (!/^(127\.|::1$|::ffff:127\.)/.test(address)) return true;
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(request.headers.host ?? '');
}

function send(response: ServerResponse, { status, body }: RestAnswer): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
