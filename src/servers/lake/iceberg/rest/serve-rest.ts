import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../../../errors/index.ts';
import { IcebergError } from '../iceberg-error.ts';
import { answerWrite, type RestWrites } from './answer-write.ts';
import { readBody } from './read-body.ts';
import { answerRoute, failure, type RestAnswer, type RestSource } from './rest-answers.ts';
import { RestRefusal } from './rest-refusal.ts';
import { isWrite, routeOf, type WriteRoute } from './rest-routes.ts';

export interface RestSettings extends Omit<RestSource, 'mayWrite'> {
  /** By default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What a client sends as `Authorization: Bearer …`. Without it whoever reaches the port can list tables and names of files. */
  readonly token?: string | undefined;
  /** Absent where nothing may be changed. */
  readonly writes?: RestWrites | undefined;
}

export interface RestFront {
  /** `http://127.0.0.1:8181` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Iceberg's REST catalog: engines list the tables here and read their files themselves. With `writes` they make and change tables too:
 * they write the files, and the commit is made here, as all others are.
 */
export async function serveRest(settings: RestSettings): Promise<RestFront> {
  const { host = '127.0.0.1', port } = settings;
  const server = createServer((request, response) => {
    void answer(request, settings).then((made) => {
      // What was not read must not be waited for either.
      request.resume();
      send(response, made);
    });
  });
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

async function answer(request: IncomingMessage, settings: RestSettings): Promise<RestAnswer> {
  try {
    if (!isMeantForUs(request)) throw foreignHost();
    if (!isAllowed(request, settings.token)) throw noToken();
    const { writes } = settings;
    const mayWrite = writes !== undefined;
    const route = routeOf({ method: request.method ?? 'GET', url: urlOf(request), mayWrite });
    if (isWrite(route)) return await write(request, { route, writes });
    const found = answerRoute(route, { ...settings, mayWrite });
    const isKnown = found.etag !== undefined && request.headers['if-none-match'] === found.etag;
    return isKnown ? { ...found, status: 304, body: undefined } : found;
  } catch (error) {
    return failure(refusalOf(error));
  }
}

async function write(
  request: IncomingMessage,
  { route, writes }: { route: WriteRoute; writes: RestWrites | undefined },
): Promise<RestAnswer> {
  if (!writes) throw new Error('A catalog that is read-only knows no route that writes.');
  const body = request.method === 'POST' ? await readBody(request) : '';
  return answerWrite(route, { body, client: request.headers['user-agent'], writes });
}

function urlOf(request: IncomingMessage): URL {
  // As it came: a path of `//host/x` would otherwise be taken for an address.
  return new URL(`http://localhost${(request.url ?? '/').replace(/^(?!\/)/, '/')}`);
}

function refusalOf(error: unknown): RestRefusal {
  if (error instanceof RestRefusal) return error;
  if (IcebergError.is(error)) return refusalOfIceberg(error);
  if (error instanceof URIError || error instanceof TypeError)
    return RestRefusal.badRequest(messageOf(error));
  const isBusy = (error as { code?: unknown } | undefined)?.code === 'SQLITE_BUSY';
  return isBusy
    ? new RestRefusal(503, { type: 'SlowDownException', message: 'The catalog is being written. Ask again.' })
    : new RestRefusal(500, { type: 'InternalServerError', message: messageOf(error) });
}

function refusalOfIceberg({ code, message, hint }: IcebergError): RestRefusal {
  const [status, type] = statusOf[code];
  return new RestRefusal(status, { type, message: hint === undefined ? message : `${message} (${hint})` });
}

const statusOf: Readonly<Record<IcebergError['code'], readonly [status: number, type: string]>> = {
  NOT_FOUND: [404, 'NoSuchTableException'],
  EXISTS: [409, 'AlreadyExistsException'],
  CONFLICT: [409, 'CommitFailedException'],
  INVALID: [400, 'BadRequestException'],
  UNSUPPORTED: [400, 'BadRequestException'],
  // To a client, 500 after a commit is "made or not": it looks before it asks again.
  IN_DOUBT: [500, 'CommitStateUnknownException'],
  NO_SPACE: [507, 'InsufficientStorageException'],
  DAMAGED: [500, 'InternalServerError'],
  MOVED: [500, 'InternalServerError'],
};

/** A web page may point a name of its own at this machine and ask in the reader's browser; the name gives it away. */
function isMeantForUs(request: IncomingMessage): boolean {
  const address = request.socket.localAddress ?? '';
  if (!/^(127\.|::1$|::ffff:127\.)/.test(address)) return true;
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(request.headers.host ?? '');
}

function foreignHost(): RestRefusal {
  const message = 'This address is not served under that host name.';
  return new RestRefusal(403, { type: 'ForbiddenException', message });
}

function isAllowed(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  // Of equal length whatever was sent: the time of the comparison tells nothing.
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function noToken(): RestRefusal {
  const message = 'The request lacks the token of this catalog (Authorization: Bearer …).';
  return new RestRefusal(401, { type: 'NotAuthorizedException', message });
}

function send(response: ServerResponse, { status, body, etag }: RestAnswer): void {
  const bytes = Buffer.from(body ?? '');
  response.writeHead(status, {
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': bytes.length }),
    ...(etag !== undefined && { etag }),
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    'cache-control': 'no-cache',
  });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}
