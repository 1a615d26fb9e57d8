import type OpenAI from 'openai';
import type { ProviderConnection } from '../connection.ts';
import { noTimeoutMs, silent } from './sdk-options.ts';

/**
 * The SDK's client, which makes requests and sends none. Every option is given: what is left out it reads from the
 * environment by itself.
 */
export async function openOpenAi(connection: ProviderConnection): Promise<Pick<OpenAI, 'buildRequest'>> {
  const { OpenAI: Client } = await import('openai');
  return new Client({
    baseURL: connection.baseUrl,
    // The SDK refuses to be without a key; a server that needs none gets no header either.
    apiKey: connection.apiKey ?? 'none',
    adminAPIKey: null,
    organization: connection.organization ?? null,
    project: connection.project ?? null,
    webhookSecret: null,
    defaultHeaders: {
      ...(connection.apiKey === undefined && { Authorization: null }),
      ...connection.headers,
    },
    timeout: noTimeoutMs,
    logLevel: 'off',
    logger: silent,
  });
}
