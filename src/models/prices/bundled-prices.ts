import { createRequire } from 'node:module';
import type { MatchLogic, Provider } from '@pydantic/genai-prices';
import type { CostUsd, Usage } from '../../domain/usage.ts';

type Prices = typeof import('@pydantic/genai-prices');

let loaded: Prices | undefined;

/** The table is 0.5 MB of JavaScript: loaded when a price is first asked for, not when the program starts. */
function table(): Prices {
  loaded ??= createRequire(import.meta.url)('@pydantic/genai-prices') as Prices;
  return loaded;
}

export interface PricedModel {
  readonly provider: string;
  readonly name: string;
  readonly baseUrl: string | undefined;
}

export function bundledCost(model: PricedModel, call: { usage: Usage; atMs: number }): CostUsd {
  const provider = providerOf(model);
  if (!provider) return null;
  const found = table().calcPrice(tokensOf(call.usage), model.name, {
    provider,
    timestamp: new Date(call.atMs),
  });
  return found && isMeant(found.model, model.name) ? found.total_price : null;
}

/**
 * A declared base URL decides: a gateway or a local server that is called `openai` does not cost what OpenAI does.
 * A model name alone never does, for the same reason.
 */
function providerOf({ provider, baseUrl }: PricedModel): Provider | undefined {
  const key = baseUrl ?? `id:${provider}`;
  if (!providers.has(key)) providers.set(key, findProvider({ provider, baseUrl }));
  return providers.get(key);
}

/** The table is searched with a pattern per known service: once per provider, not once per call. */
const providers = new Map<string, Provider | undefined>();

function findProvider({ provider, baseUrl }: Omit<PricedModel, 'name'>): Provider | undefined {
  if (baseUrl !== undefined) return table().findProvider({ providerApiUrl: baseUrl });
  return table().findProvider({ providerId: provider });
}

/** Input includes what the cache served and took, as in our own Usage. */
function tokensOf(usage: Usage): Record<string, number> {
  return {
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    ...(usage.cacheWrite1hTokens && { cache_write_1h_tokens: usage.cacheWrite1hTokens }),
    output_tokens: usage.outputTokens,
  };
}

/**
 * The table finds many models by the beginning of their name, and so takes a newer model for an older one
 * (`claude-sonnet-5-5` for `claude-sonnet-5`). Only a date or `latest` may follow the beginning.
 */
function isMeant(model: { readonly id: string; readonly match: MatchLogic }, name: string): boolean {
  return model.id === name || names(model.match, name);
}

function names(match: MatchLogic, name: string): boolean {
  if ('or' in match) return match.or.some((one) => names(one, name));
  if ('and' in match) return match.and.every((one) => names(one, name));
  if ('equals' in match) return match.equals === name;
  if ('regex' in match) return new RegExp(match.regex).test(name);
  return 'starts_with' in match && isDated(name, match.starts_with);
}

function isDated(name: string, beginning: string): boolean {
  if (!name.startsWith(beginning)) return false;
  const rest = name.slice(beginning.length);
  if (/^([-@](\d{8}|\d{4}-\d{2}-\d{2})|-latest)?$/.test(rest)) return true;
  // `claude-sonnet-4-2025` begins in the middle of a date.
  return /-20\d\d$/.test(beginning) && /^\d{4}$/.test(rest);
}
