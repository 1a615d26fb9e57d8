import { Agent, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import { ByteBody } from './byte-body.ts';

/** What our calls put beside the standard fields of fetch, through the SDKs' `fetchOptions`. */
export interface WatchedRequestInit extends RequestInit {
  /** Called for every chunk of bytes of the answer. */
  readonly onBytes?: () => void;
}

/**
 * `fetch` for the SDKs on node:http. Node's own fetch costs two to three times the CPU per call, shows nothing of
 * the bytes of comments and pings (which must hold off the idle time-out), and gives up after 300 s of its own accord.
 *
 * Connections are kept alive and not limited in number. Redirects are not followed: a POST that is redirected is a
 * wrong base URL.
 */
export function createHttpFetch(environment: Readonly<Record<string, string | undefined>>): typeof fetch {
  const agents = createAgents(environment);
  return (input, init) => send(new URL(String(input)), { init: init ?? {}, agents });
}

interface Agents {
  readonly plain: Agent;
  readonly tls: TlsAgent;
  /** Never through a proxy: a model server on this machine. */
  readonly local: Agent;
}

function createAgents(environment: Readonly<Record<string, string | undefined>>): Agents {
  const keep = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, scheduling: 'lifo' } as const;
  const proxied = { ...keep, proxyEnv: proxySettings(environment) };
  return { plain: new Agent(proxied), tls: new TlsAgent(proxied), local: new Agent(keep) };
}

function proxySettings(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] ? [[name, environment[name]] as const] : [])),
  );
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function send(url: URL, call: { init: WatchedRequestInit; agents: Agents }): Promise<Response> {
  const { init, agents } = call;
  const secure = url.protocol === 'https:';
  const plainAgent = loopback.test(url.hostname) ? agents.local : agents.plain;
  return new Promise((resolve, reject) => {
    const request = (secure ? requestTls : requestPlain)(url, {
      method: init.method ?? 'GET',
      headers: headersOf(init),
      agent: secure ? agents.tls : plainAgent,
      ...(init.signal && { signal: init.signal }),
    });
    // Stays for the whole life of the request: an error after the answer began reaches the reader through the body.
    request.on('error', reject);
    request.once('response', (message) => resolve(answerOf(message, { url, onBytes: init.onBytes })));
    request.end(bodyOf(init));
  });
}

function headersOf(init: RequestInit): Record<string, string> {
  // The SDKs give Headers: a copy of them costs more than sending them.
  const given = init.headers instanceof Headers ? init.headers : new Headers(init.headers);
  const headers = Object.fromEntries(given);
  // We decode no compression; without this line a proxy may compress the stream and hold it back.
  headers['accept-encoding'] = 'identity';
  return headers;
}

function bodyOf(init: RequestInit): string | undefined {
  if (init.body === undefined || init.body === null) return undefined;
  if (typeof init.body !== 'string') throw new TypeError('model requests are sent as JSON text');
  return init.body;
}

/** The part of a Response that the SDKs and our clients read. */
function answerOf(message: IncomingMessage, call: { url: URL; onBytes: (() => void) | undefined }): Response {
  call.onBytes?.();
  const body = new ByteBody(message, call.onBytes);
  const status = message.statusCode ?? 0;
  const text = () => readText(body);
  const answer = {
    ok: status >= 200 && status < 300,
    status,
    statusText: message.statusMessage ?? '',
    url: call.url.href,
    headers: responseHeaders(message),
    body,
    text,
    json: async (): Promise<unknown> => JSON.parse(await text()),
  };
  return answer as unknown as Response;
}

function responseHeaders(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

async function readText(body: ByteBody): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
