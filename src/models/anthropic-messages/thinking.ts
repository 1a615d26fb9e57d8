import type { JsonObject } from '../../domain/json.ts';
import type { ModelSettings } from '../../domain/model.ts';

type Effort = NonNullable<ModelSettings['reasoningEffort']>;

/** Models that take a budget of tokens only; all later ones decide for themselves how much an effort is. */
const budgetOnly = /^claude-(3|(opus|sonnet|haiku)-4(-[015])?(-\d{8}|-latest)?$)/;

/** The API's least budget is 1,024, and it must be smaller than `max_tokens`. */
const budgets: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 30_000,
};

export function thinkingFields(
  effort: Effort | undefined,
  place: { model: string; maxTokens: number },
): { thinking?: JsonObject; effort?: string } {
  if (effort === undefined) return {};
  if (effort === 'none') return { thinking: { type: 'disabled' } };
  if (!budgetOnly.test(place.model))
    return { thinking: { type: 'adaptive' }, effort: effort === 'minimal' ? 'low' : effort };
  const budget = Math.max(1024, Math.min(budgets[effort], Math.floor(place.maxTokens * 0.8)));
  return { thinking: { type: 'enabled', budget_tokens: budget } };
}
