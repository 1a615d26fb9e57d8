import type { ProviderConfig } from '../../../src/domain/project-config.ts';
import { createModelSource } from '../../../src/models/model-source.ts';
import type { ModelClient } from '../../../src/ports/model-client.ts';

export type Api = NonNullable<ProviderConfig['api']>;

/** The client of a declared provider `test` at this server. */
export function openModel(
  api: Api,
  url: string,
  given: { model?: string; provider?: string } & Partial<ProviderConfig> = {},
): Promise<ModelClient> {
  const { model = 'made-up', provider = 'test', ...config } = given;
  const baseUrl = api === 'anthropic.messages' ? url : `${url}/v1`;
  const source = createModelSource({
    config: { providers: { [provider]: { api, baseUrl, structuredOutput: true, ...config } } },
    env: {},
  });
  return source.open(`${provider}:${model}`);
}
