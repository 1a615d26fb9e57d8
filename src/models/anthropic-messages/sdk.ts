import type Anthropic from '@anthropic-ai/sdk';
import type { ProviderConnection } from '../connection.ts';
import { noTimeoutMs, silent } from '../wire/sdk-options.ts';
import { isAnthropicItself } from './sampling.ts';

/**
 * The SDK's client, which makes requests and sends none. Every option is given: what is left out it reads from the
 * environment by itself.
 */
export async function openAnthropicSdk(
  connection: ProviderConnection,
): Promise<Pick<Anthropic, 'buildRequest'>> {
  const { Anthropic: Client } = await import('@anthropic-ai/sdk');
  return new Client({
    baseURL: connection.baseUrl,
    // Without any credential the SDK would search profile files; a server that needs none gets no header.
    apiKey: connection.apiKey ?? 'none',
    webhookKey: null,
    defaultHeaders: { ...keyHeaders(connection), ...connection.headers },
    timeout: noTimeoutMs,
    logLevel: 'off',
    logger: silent,
  });
}

/** The SDK sends the key as a bearer token; servers that copied the API earlier look for it in `x-api-key`. */
function keyHeaders({ apiKey, baseUrl }: ProviderConnection): Record<string, string | null> {
  if (apiKey === undefined) return { authorization: null };
  return isAnthropicItself(baseUrl) ? {} : { 'x-api-key': apiKey };
}
