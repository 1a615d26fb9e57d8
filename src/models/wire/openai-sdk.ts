import { createRequire } from 'node:module';
import type OpenAI from 'openai';
import type { ProviderConnection } from '../connection.ts';
import { noTimeoutMs, silent } from './sdk-options.ts';

// `require`, because the SDK is 236 files: as ES modules they take a fifth longer to load (docs/benchmarks.md), and
// every start of the command line waits for them.
const require = createRequire(import.meta.url);

/** The SDK's client with every option given: what is left out it reads from the environment by itself. */
export async function openOpenAi(
  connection: ProviderConnection,
  fetchThrough: typeof fetch,
): Promise<Pick<OpenAI, 'post'>> {
  const { OpenAI: Client } = require('openai') as typeof import('openai');
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
    // Every attempt must be in the log, so the SDK makes one only.
    maxRetries: 0,
    timeout: noTimeoutMs,
    fetch: fetchThrough,
    logLevel: 'off',
    logger: silent,
  });
}
