import type { CheckReport } from '../../definitions/index.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { ServerConfig } from '../../domain/server-config.ts';
import type { ToolDefinition } from '../../domain/tool.ts';
import type { CostUsd } from '../../domain/usage.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { Runtime } from '../../runtime.ts';
import { findModelProblems } from './model-problems.ts';

export interface WorkflowCheck extends CheckReport {
  readonly workflow: string;
  /** Names of the tools that each server offers; empty when servers were not asked. */
  readonly tools: Readonly<Record<string, readonly string[]>>;
}

export interface CheckSetup {
  readonly runtime: Runtime;
  /** What former runs of a workflow cost. */
  readonly history: (workflowId: string) => Promise<readonly CostUsd[]>;
  /** Servers are not started: what they offer is not compared. */
  readonly offline: boolean;
  /** Quote the cost with this model in place of those of the files. */
  readonly model?: string;
}

/** Everything that can be known about one workflow before it runs. */
export async function checkOne(setup: CheckSetup, ref: string): Promise<WorkflowCheck> {
  const { loadWorkflow } = await import('../../runtime/load-workflow.ts');
  try {
    const loaded = await loadWorkflow(setup.runtime, ref, { deferFieldCheck: true });
    return await checkLoaded(setup, setup.model === undefined ? loaded : withModel(loaded, setup.model));
  } catch (error) {
    return { workflow: ref, errors: await findingsOf(error), warnings: [], tools: {}, cost: noCost };
  }
}

async function checkLoaded(setup: CheckSetup, workflow: LoadedWorkflow): Promise<WorkflowCheck> {
  const [{ checkWorkflow }, { openTools }, { serversOf }] = await Promise.all([
    import('../../definitions/index.ts'),
    import('../../runtime/open-tools.ts'),
    import('../../runtime/run-workflow-file.ts'),
  ]);
  const { runtime, offline } = setup;
  const { services, projectDir, config } = runtime;
  const models = await findModelProblems(runtime.models, workflow);
  const source = openTools({ ...runtime, schemas: services.schemas }, serversOf(workflow));
  const tools = new Map<string, readonly string[]>();
  const list = async (name: string, _server: ServerConfig): Promise<readonly ToolDefinition[]> => {
    const offered = (await source.resolve([`${name}.*`])).map(({ definition }) => definition);
    tools.set(
      name,
      offered.map((tool) => tool.name),
    );
    return offered;
  };
  try {
    const report = await checkWorkflow({
      project: { dir: projectDir, config },
      schemas: services.schemas,
      templates: services.templates,
      prices: services.prices,
      workflow,
      models: (model) => models.unusable.get(model),
      history: await setup.history(workflow.id),
      ...(!offline && { tools: list }),
    });
    const warnings = [...report.warnings, ...models.missingKeys, ...models.foreignRecordings];
    return {
      workflow: workflow.id,
      ...report,
      errors: distinct(report.errors),
      warnings: distinct(warnings),
      tools: Object.fromEntries(tools),
    };
  } finally {
    await source.close();
  }
}

/** A server that does not start is asked for by each workflow within the workflow: it is told once. */
function distinct(findings: CheckReport['errors']): CheckReport['errors'] {
  const told = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return [...told.values()];
}

const noCost = { lowUsd: null, highUsd: null, steps: [] };

async function findingsOf(error: unknown): Promise<CheckReport['errors']> {
  if (!AiworkflowError.is(error)) throw error;
  const { findingOf, problemsOf } = await import('../../definitions/index.ts');
  return problemsOf(error).map(findingOf);
}

function withModel(workflow: LoadedWorkflow, model: string): LoadedWorkflow {
  const steps = workflow.steps.map((step) => {
    if (step.kind === 'prompt') return { ...step, model };
    return step.kind === 'workflow' ? { ...step, workflow: withModel(step.workflow, model) } : step;
  });
  return { ...workflow, model, steps };
}
