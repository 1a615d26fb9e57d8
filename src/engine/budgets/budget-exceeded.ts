import type { Charge, Refusal } from '../../domain/account.ts';
import { formatLocation } from '../../domain/source-location.ts';
import { exceeded } from '../../domain/spend.ts';
import { LimitError } from '../../errors/index.ts';
import type { RunContext } from '../runs/run-context.ts';
import { type DrawnAccount, type HeldBudget, periodOf } from './accounts.ts';

export interface RefusedCall {
  readonly refusal: Refusal;
  readonly drawn: readonly DrawnAccount[];
  readonly charge: Charge;
  readonly model: string;
  readonly position: string;
  readonly run: Pick<RunContext, 'runId'>;
}

/** Says whose budget does not hold the call, what is used of it, what the call may cost, and what to type. */
export function budgetExceeded(call: RefusedCall): LimitError {
  const { refusal, charge, model, position } = call;
  const short = shortageOf(refusal, charge);
  const held = tightest(call, short.unit);
  const whose = held ? ` of ${holderOf(held)}` : '';
  return new LimitError({
    code: 'BUDGET_EXCEEDED',
    message:
      `The budget${whose} is ${amount(short.unit, short.limit)} ${periodWords(refusal)}: ` +
      `${amount(short.unit, short.used)} used or reserved so far, and the next call (${model}, ${position}) ` +
      `may take ${amount(short.unit, short.worst)}.`,
    hint: hintFor(call, short, held),
    details: { account: refusal.account.key, position, model, ...short },
  });
}

type Unit = 'usd' | 'tokens';

interface Shortage {
  readonly unit: Unit;
  readonly limit: number;
  readonly used: number;
  readonly worst: number;
}

function shortageOf({ account, usedUsd, usedTokens }: Refusal, charge: Charge): Shortage {
  const unit = exceeded(account, { usd: usedUsd, tokens: usedTokens }, charge) ?? 'tokens';
  return unit === 'usd'
    ? { unit, limit: account.usd ?? 0, used: usedUsd, worst: charge.usd ?? 0 }
    : { unit, limit: account.tokens ?? 0, used: usedTokens, worst: charge.tokens };
}

/** The budget that set the limit, of those that share the account. */
function tightest({ drawn, refusal }: RefusedCall, unit: Unit): HeldBudget | undefined {
  const { key, [unit]: limit } = refusal.account;
  const sharing = drawn.find(({ account }) => account.key === key)?.held ?? [];
  return sharing.find(({ budget }) => budget[unit] === limit);
}

function holderOf({ workflowId, step, path, runId }: HeldBudget): string {
  if (runId !== undefined) return `swap ${runId}`;
  if (workflowId === undefined) return 'the project';
  if (step !== undefined) return `step "${path}"`;
  return path === '' ? `workflow "${workflowId}"` : `workflow "${workflowId}" in step "${path}"`;
}

function periodWords({ account }: Refusal): string {
  const { fromMs, toMs } = account.counts;
  if (fromMs === undefined || toMs === undefined) return 'a run';
  const { name } = periodOf(toMs - fromMs > dayMs ? 'month' : 'day', fromMs);
  return `for ${name} (UTC)`;
}

const dayMs = 86_400_000;

function hintFor({ refusal, run }: RefusedCall, short: Shortage, held: HeldBudget | undefined): string {
  const least = roundUp(short.used + short.worst);
  if (held?.runId !== undefined)
    return `begin the swap again with a higher --budget: ${least} holds no more than this one call.`;
  const resume = `aiworkflow resume ${run.runId}`;
  const place = held?.budget.location ? ` in ${formatLocation(held.budget.location)}` : '';
  const raise = `raise \`${short.unit}\` of the budget${place}`;
  const isOfRun = refusal.account.counts.fromMs === undefined && held?.path === '';
  const ways =
    isOfRun && short.unit === 'usd'
      ? `${resume} --budget ${least} (or ${raise}, and resume).`
      : `${raise} to ${least} or more${untilWords(refusal)}, then: ${resume}`;
  const lower = short.worst > short.limit ? `${settleForLess} ` : '';
  return `${lower}${ways}`;
}

/** The call alone is more than the budget. */
const settleForLess =
  'lower settings.maxOutputTokens: this call alone may take more than all of the budget. Or';

function untilWords({ account }: Refusal): string {
  const { toMs } = account.counts;
  return toMs === undefined ? '' : `, or wait until ${new Date(toMs).toISOString().slice(0, 10)} (UTC)`;
}

/** The next amount with one figure: 0.0432 -> 0.05, 1234 -> 2000. */
export function roundUp(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  return Number((Math.ceil(value / unit) * unit).toPrecision(3));
}

function amount(unit: Unit, value: number): string {
  if (unit === 'tokens') return `${value.toLocaleString('en')} tokens`;
  return `$${Number(value < 1 ? value.toPrecision(3) : value.toFixed(4))}`;
}
