import { Agent, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import type { Endpoint } from './endpoint.ts';
import { ConnectionFailure } from './failure.ts';
import type { IdleWatch } from './idle-watch.ts';

/** Sends one request; gives the answer when its headers have come. Rejects with ConnectionFailure. */
export type Post = (endpoint: Endpoint, body: string, watch: IdleWatch) => Promise<IncomingMessage>;

/**
 * Requests on node:http. Node's own fetch costs three times the CPU per call, shows nothing of the bytes of
 * comments and pings (which must hold off the idle time-out), and gives up after 300 s of its own accord.
 *
 * Connections are kept alive and not limited in number. Redirects are not followed: a POST that is redirected is a
 * wrong base URL.
 */
export function createHttpPost(environment: Readonly<Record<string, string | undefined>>): Post {
  const agents = createAgents(environment);
  return (endpoint, body, watch) =>
    new Promise((resolve, reject) => {
      const request = open(endpoint, agents);
      // Stays for the whole life of the request: an error after the answer began reaches the reader through the body.
      request.on('error', (cause) => reject(new ConnectionFailure(cause)));
      request.once('response', resolve);
      watch.whenGivenUp(() => request.destroy());
      request.end(body);
    });
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

const loopback = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;

function open(endpoint: Endpoint, agents: Agents) {
  if (endpoint.protocol === 'https:') return requestTls({ ...endpoint, agent: agents.tls });
  const agent = loopback.test(endpoint.hostname ?? '') ? agents.local : agents.plain;
  return requestPlain({ ...endpoint, agent });
}
