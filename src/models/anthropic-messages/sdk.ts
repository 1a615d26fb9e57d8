import type Anthropic from '@anthropic-ai/sdk';
import type { ProviderConnection } from '../connection.ts';
import { noTimeoutMs, silent } from '../wire/sdk-options.ts';

/** The SDK's client with every option given: what is left out it reads from the environment by itself. */
export async function openAnthropicSdk(
  connection: ProviderConnection,
  fetchThrough: typeof fetch,
): Promise<Pick<Anthropic, 'post'>> {
  const { Anthropic: Client } = await import('@anthropic-ai/sdk');
  return new Client({
    baseURL: connection.baseUrl,
    // Without any credential the SDK would search profile files; a server that needs none gets no header.
    apiKey: connection.apiKey ?? 'none',
    webhookKey: null,
    defaultHeaders: {
      ...(connection.apiKey === undefined && { 'x-api-key': null, authorization: null }),
      ...connection.headers,
    },
    maxRetries: 0,
    timeout: noTimeoutMs,
    fetch: fetchThrough,
    logLevel: 'off',
    logger: silent,
  });
}
