import type { Account } from '../../domain/account.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { Spend } from '../../domain/spend.ts';
import { accountsAt, type HeldBudget, hold } from '../../engine/budgets/accounts.ts';
import { AiworkflowError } from '../../errors/index.ts';
import { loadWorkflow } from '../../runtime/load-workflow.ts';
import type { Runtime } from '../../runtime.ts';
import { noLog } from '../check/no-log.ts';

export interface DeclaredBudgets {
  /** The budgets for days and months of the project, its workflows and steps: the accounts of this day and month. */
  readonly accounts: readonly Account[];
  /** Workflow files that cannot be loaded: what they declare is not known. */
  readonly unreadable: readonly string[];
}

export interface BudgetState {
  readonly account: string;
  readonly usd?: { readonly limit: number; readonly used: number; readonly left: number };
  readonly tokens?: { readonly limit: number; readonly used: number; readonly left: number };
}

export async function declaredBudgets(
  options: { readonly project: string; readonly env: Runtime['env'] },
  atMs: number,
): Promise<DeclaredBudgets> {
  const { createRuntime } = await import('../../runtime.ts');
  const runtime = await createRuntime({ projectDir: options.project, env: options.env, log: noLog });
  try {
    const { workflows, unreadable } = await loadAll(runtime);
    const held = [...hold(runtime.config.budget, { path: '' }), ...workflows.flatMap(budgetsOf)];
    const lasting = held.filter(({ budget }) => budget.per === 'day' || budget.per === 'month');
    return {
      accounts: accountsAt(lasting, { runId: '', atMs }).map(({ account }) => account),
      unreadable,
    };
  } finally {
    await runtime.close();
  }
}

export function stateOf({ key, usd, tokens }: Account, used: Spend): BudgetState {
  const state = (limit: number, amount: number) => ({
    limit,
    used: amount,
    left: Math.max(0, limit - amount),
  });
  return {
    account: key,
    ...(usd !== undefined && { usd: state(usd, used.usd) }),
    ...(tokens !== undefined && { tokens: state(tokens, used.tokens) }),
  };
}

async function loadAll(
  runtime: Runtime,
): Promise<{ readonly workflows: readonly LoadedWorkflow[]; readonly unreadable: readonly string[] }> {
  const { listWorkflows } = await import('../../definitions/index.ts');
  const workflows: LoadedWorkflow[] = [];
  const unreadable: string[] = [];
  for (const { file } of await listWorkflows({ dir: runtime.projectDir })) {
    try {
      workflows.push(await loadWorkflow(runtime, file));
    } catch (error) {
      if (!AiworkflowError.is(error)) throw error;
      unreadable.push(file);
    }
  }
  return { workflows, unreadable };
}

function budgetsOf(workflow: LoadedWorkflow): readonly HeldBudget[] {
  const { id: workflowId } = workflow;
  const ofSteps = workflow.steps.flatMap((step) =>
    hold(step.budget, { workflowId, step: step.id, path: step.id }),
  );
  return [...hold(workflow.budget, { workflowId, path: '' }), ...ofSteps];
}
