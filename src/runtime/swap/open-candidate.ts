import { noUsage } from '../../domain/usage.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { Runtime } from '../../runtime.ts';

/**
 * The candidate is opened and priced before the first replay: a missing key, an unknown provider or price is said once.
 * Throws MODEL_UNKNOWN, MODEL_KEY_MISSING, PRICE_UNKNOWN, USAGE for a recording.
 */
export async function openCandidate(
  { models, services }: Runtime,
  { model, allowUnknownPrice = false }: { readonly model: string; readonly allowUnknownPrice?: boolean },
): Promise<void> {
  const client = await models.open(model);
  if (client.source === 'recorded')
    throw new DefinitionError({
      code: 'USAGE',
      message: `${model} is a recording: it answers the run that it holds, and no other.`,
      hint: 'name a model that can be asked: provider:model.',
    });
  const usage = { ...noUsage, inputTokens: 1000, outputTokens: 1000 };
  if (allowUnknownPrice || services.prices.cost(model, usage, services.clock.now()) !== null) return;
  throw new DefinitionError({
    code: 'PRICE_UNKNOWN',
    message: `A swap has a budget in dollars, and no price is known for ${model}.`,
    hint: `Give it one in aiworkflow.yaml under prices: "${model}": { input: …, output: … } (dollars for a million tokens), or add --allow-unknown-price.`,
  });
}
