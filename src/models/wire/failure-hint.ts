import type { ModelErrorCode } from '../../errors/index.ts';
import type { ProviderConnection } from '../connection.ts';
import type { Failure } from './failure.ts';

interface Place {
  readonly connection: ProviderConnection;
  readonly model: string;
  readonly failure: Failure;
}

/** What to type or change next. */
export function failureHint(code: ModelErrorCode, place: Place): string {
  return (hints[code] ?? tryAgain)(place);
}

const tryAgain = (): string => 'run it again; if it stays like this, look at the status page of the provider';

const hints: Partial<Record<ModelErrorCode, (place: Place) => string>> = {
  MODEL_RATE_LIMITED: () => 'lower `concurrency` in the workflow, or raise limits.modelRetries',
  MODEL_OVERLOADED: () => 'wait, or run with another model: --model provider:model',
  MODEL_UNREACHABLE: ({ connection }) =>
    `check that a server answers at ${connection.baseUrl} (baseUrl of provider "${connection.provider}" in aiworkflow.yaml)`,
  MODEL_TIMEOUT: () => 'raise limits.modelTimeoutMs, or run with another model',
  MODEL_STREAM_BROKEN: () =>
    'run it again; if it stays like this, look at the network or gateway between here and the provider',
  MODEL_QUOTA: ({ connection }) =>
    `add credit to the account${keyIn(connection)}, or run with another provider: --model provider:model`,
  MODEL_AUTH: ({ connection }) =>
    connection.apiKeyEnv === undefined
      ? `set apiKeyEnv for provider "${connection.provider}" in aiworkflow.yaml`
      : `check the key in ${connection.apiKeyEnv}: is it for ${connection.baseUrl}, and may it use this model?`,
  MODEL_NOT_FOUND: ({ connection, model }) =>
    `check the model name "${model}" in the provider's list, and that ${connection.baseUrl} is the right base URL`,
  MODEL_REQUEST_TOO_LARGE: () => 'lower limits.toolResultBytes, or split the input over several steps',
  MODEL_CONTEXT_OVERFLOW: () =>
    'lower limits.toolResultBytes or settings.maxOutputTokens, split the step, or take a model with a larger context',
  MODEL_REQUEST_INVALID: ({ failure }) =>
    /max_tokens|max_completion_tokens|max_output_tokens/.test(failure.message)
      ? 'set settings.maxOutputTokens to what this model allows'
      : 'look at settings and providerOptions of the step: the provider names what it does not accept',
  MODEL_CONTENT_FILTERED: () => 'look at what the prompt and the tool results put before the model',
  MODEL_PROTOCOL: ({ connection }) =>
    `check that ${connection.baseUrl} speaks ${connection.api} (api of provider "${connection.provider}")`,
};

function keyIn(connection: ProviderConnection): string {
  return connection.apiKeyEnv === undefined ? '' : ` that the key in ${connection.apiKeyEnv} belongs to`;
}
