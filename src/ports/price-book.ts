import type { CostUsd, Usage } from '../domain/usage.ts';

export interface PriceBook {
  /** What `usage` cost with this model (`provider:model`) at this time; `null` when no price is known. */
  cost(model: string, usage: Usage, atMs: number): CostUsd;
}
