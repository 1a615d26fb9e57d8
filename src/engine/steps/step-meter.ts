import type { EffectiveLimits } from '../../domain/limits.ts';
import { addCost, addUsage, type CostUsd, noUsage, type Usage } from '../../domain/usage.ts';
import { LimitError } from '../../errors/index.ts';
import { showStep } from './show-hint.ts';

type CountedLimit = 'turns' | 'toolCalls' | 'toolErrors' | 'tokens';

/** What a step has used so far. Every count is checked before the work it stands for is begun. */
export class StepMeter {
  turns = 0;
  toolCalls = 0;
  toolErrors = 0;
  usage: Usage = noUsage;
  costUsd: CostUsd = 0;
  readonly #limits: EffectiveLimits;
  readonly #step: string;

  constructor(step: string, limits: EffectiveLimits) {
    this.#step = step;
    this.#limits = limits;
  }

  beginTurn(): void {
    this.#require('turns', this.turns + 1);
    this.#require('tokens', this.usage.inputTokens + this.usage.outputTokens);
    this.turns += 1;
  }

  beginToolCalls(count: number): void {
    this.#require('toolCalls', this.toolCalls + count);
    this.toolCalls += count;
  }

  countToolError(): void {
    this.toolErrors += 1;
    this.#require('toolErrors', this.toolErrors);
  }

  countModelCall(usage: Usage, costUsd: CostUsd): void {
    this.usage = addUsage(this.usage, usage);
    this.costUsd = addCost(this.costUsd, costUsd);
  }

  #require(limit: CountedLimit, count: number): void {
    if (count > this.#limits[limit]) throw limitReached(this.#step, limit, this.#limits[limit]);
  }
}

export function limitReached(step: string, limit: keyof EffectiveLimits, value: number): LimitError {
  return new LimitError({
    code: 'LIMIT_REACHED',
    message: `Step "${step}" was stopped by its limit of ${value.toLocaleString('en')} ${limit}.`,
    hint: `${showStep(step)} says what it was doing. If the work is sound: \`aiworkflow resume last --limit ${limit}=…\` with more, or raise limits.${limit}.`,
    details: { step, limit, value },
  });
}
