import type { ProjectConfig } from '../../domain/project-config.ts';
import type { PriceBook } from '../../ports/price-book.ts';
import { bundledCost } from './bundled-prices.ts';
import { ownCost } from './own-prices.ts';

export interface PriceBookOptions {
  /** The project's own table, `provider:model` -> US dollars for a million tokens. Wins over the bundled one. */
  readonly prices?: ProjectConfig['prices'];
  /** Declared providers: one whose base URL is a known service is priced as that service. */
  readonly providers?: ProjectConfig['providers'];
}

/**
 * Prices from the project's table, else from the data that `@pydantic/genai-prices` brings along (no network).
 * A model that neither knows costs `null`: unknown, not free.
 */
export function createPriceBook(options: PriceBookOptions = {}): PriceBook {
  const own = new Map(Object.entries(options.prices ?? {}));
  const baseUrls = new Map(
    Object.entries(options.providers ?? {}).map(([name, provider]) => [name, provider.baseUrl]),
  );
  return {
    cost(model, usage, atMs) {
      const price = own.get(model);
      if (price) return ownCost(price, usage);
      const colon = model.indexOf(':');
      const [provider, name] = [model.slice(0, colon), model.slice(colon + 1)];
      if (provider === 'recorded') return 0;
      return bundledCost({ provider, name, baseUrl: baseUrls.get(provider) }, { usage, atMs });
    },
  };
}
