import type { JsonObject } from '../../domain/json.ts';
import type { ModelSettings } from '../../domain/model.ts';
import { ModelError } from '../../errors/index.ts';
import type { ProviderConnection } from '../connection.ts';

export function isAnthropicItself(baseUrl: string): boolean {
  return /(^|\.)anthropic\.com$/.test(new URL(baseUrl).hostname);
}

/**
 * Since version 2026-10-21, which the SDK asks for, Anthropic refuses every request that names `temperature` or
 * `top_p`. Dropping them would run another experiment than the one that was written down, so the step fails before
 * anything is sent. Older versions, and other servers that speak the API, take them.
 */
export function samplingFields(
  settings: ModelSettings,
  place: { connection: ProviderConnection; model: string },
): JsonObject {
  const { connection, model } = place;
  const given = { temperature: settings.temperature, top_p: settings.topP };
  const asked = settings.temperature !== undefined || settings.topP !== undefined;
  if (!asked || !isAnthropicItself(connection.baseUrl) || asksForOtherVersion(connection)) return given;
  throw new ModelError({
    code: 'MODEL_REQUEST_INVALID',
    message: `${connection.provider}:${model} has settings.temperature or settings.topP, which the Messages API no longer takes`,
    hint:
      'remove them from the step; for a model before 4.7 that needs them, set headers: ' +
      `{ anthropic-version: "2023-06-01" } under providers.${connection.provider} in aiworkflow.yaml`,
  });
}

function asksForOtherVersion({ headers }: ProviderConnection): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'anthropic-version');
}
