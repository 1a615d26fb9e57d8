import type { Position } from '../../domain/position.ts';
import { worstCaseOf, worstCost } from '../../domain/worst-case.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { CallCharge } from '../calls/performance.ts';
import type { StepContext } from '../steps/step-context.ts';
import type { Conversation } from '../turns/conversation.ts';
import type { PromptFrame } from '../turns/prompt-frame.ts';
import { accountsAt, type DrawnAccount } from './accounts.ts';
import { budgetExceeded } from './budget-exceeded.ts';

export interface ChargedCall {
  readonly frame: PromptFrame;
  readonly conversation: Conversation;
  readonly position: Position;
}

/**
 * What the call draws on its accounts: nothing without a budget, nothing for a recorded answer.
 * Throws DefinitionError PRICE_UNKNOWN when dollars are limited, the price is not known and a budget minds that.
 */
export function chargeOf(step: StepContext, call: ChargedCall): CallCharge | undefined {
  const { run } = step;
  const model = call.frame.client.id;
  if (run.accounts.length === 0 || call.frame.client.source === 'recorded') return undefined;
  const atMs = run.services.clock.now();
  const drawn = accountsAt(run.accounts, { runId: run.runId, atMs });
  const { frame, conversation } = call;
  const worst = worstCaseOf({
    characters: conversation.characters + frame.characters,
    tools: frame.tools.length,
    settings: frame.settings,
  });
  const usd = worstCost(worst, frame.settings, (usage) => run.services.prices.cost(model, usage, atMs));
  if (usd === null) requireKnownPrice(model, drawn);
  const charge = {
    accounts: drawn.map(({ account }) => account),
    usd,
    tokens: worst.inputTokens + worst.outputTokens,
  };
  return {
    charge,
    refused: (refusal) => budgetExceeded({ refusal, drawn, charge, model, position: call.position, run }),
  };
}

function requireKnownPrice(model: string, drawn: readonly DrawnAccount[]): void {
  const minding = drawn
    .flatMap(({ held }) => held)
    .find(({ budget }) => budget.usd !== undefined && budget.allowUnknownPrice !== true);
  if (!minding) return;
  const { location } = minding.budget;
  throw new DefinitionError({
    code: 'PRICE_UNKNOWN',
    message: `A budget in dollars is set, and no price is known for ${model}.`,
    hint: `Give it one in aiworkflow.yaml under prices: "${model}": { input: …, output: … } (dollars for a million tokens), or set allowUnknownPrice: true beside usd.`,
    ...(location && { location }),
  });
}
