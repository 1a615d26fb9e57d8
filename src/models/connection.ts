import type { ModelApi } from '../domain/message.ts';
import type { ModelClient } from '../ports/model-client.ts';

/** A provider as it is reached: everything that the SDKs would otherwise read from the environment by themselves. */
export interface ProviderConnection {
  /** The name before the colon in `provider:model`. */
  readonly provider: string;
  readonly api: Extract<ModelApi, 'openai.chat' | 'openai.responses' | 'anthropic.messages'>;
  /** With `/v1` for the OpenAI APIs, without for Anthropic. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  /** Which variable the key came from: named in errors. */
  readonly apiKeyEnv?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly organization?: string;
  readonly project?: string;
  /** False: the server knows no JSON schema, it gets it in words. */
  readonly structuredOutput: boolean;
  /** Values that must be in no error: the key and what headers took from the environment. */
  readonly secrets: readonly string[];
}

/** One open provider: clients for its models share one connection pool. */
export type OpenModel = (model: string) => ModelClient;
