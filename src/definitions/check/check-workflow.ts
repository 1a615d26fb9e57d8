import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { CostUsd } from '../../domain/usage.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { PriceBook } from '../../ports/price-book.ts';
import type { LoadContext } from '../load-context.ts';
import { readProjectFile } from '../project-file.ts';
import { parseYaml, type YamlFile } from '../yaml-file.ts';
import { checkBudgets } from './check-budgets.ts';
import { checkModels, type ModelCheck } from './check-models.ts';
import { checkReferences } from './check-references.ts';
import { checkTools, type ToolLister } from './check-tools.ts';
import { checkUse } from './check-use.ts';
import { estimateCost } from './estimate-cost.ts';
import type { CheckReport, Finding } from './report.ts';

export interface CheckRequest extends LoadContext {
  readonly workflow: LoadedWorkflow;
  readonly models?: ModelCheck;
  readonly tools?: ToolLister;
  readonly prices?: PriceBook;
  readonly atMs?: number;
  /** What former runs cost, in any order. */
  readonly history?: readonly CostUsd[];
}

/**
 * What can be known about a loaded workflow without asking a model: references against contracts, models, tools, what
 * is never used, and what a run may cost. What loading itself refuses has been thrown before (`problemsOf`).
 */
export async function checkWorkflow(request: CheckRequest): Promise<CheckReport> {
  const found = await checkOne(request, { workflow: request.workflow });
  const { prices, history, workflow, atMs = Date.now() } = request;
  const { budget: projectBudget } = request.project.config;
  const about = { atMs, ...(projectBudget && { projectBudget }) };
  const cost = estimateCost(workflow, {
    ...about,
    ...(prices && { prices }),
    ...(history && { history }),
  });
  const budgets = prices ? checkBudgets(workflow, { ...about, prices }) : [];
  return { ...found, warnings: [...found.warnings, ...budgets], cost };
}

interface Found {
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

interface Subject {
  readonly workflow: LoadedWorkflow;
  /** The model of the workflow around it. */
  readonly fallback?: string;
}

async function checkOne(request: CheckRequest, { workflow, fallback }: Subject): Promise<Found> {
  const yaml = await openFile(request, workflow);
  const place = yaml && { yaml };
  const outer = fallback === undefined ? {} : { fallback };
  const models = checkModels(workflow, {
    ...place,
    ...outer,
    ...(request.models && { check: request.models }),
  });
  const tools = request.tools
    ? await checkTools(workflow, { list: request.tools, schemas: request.schemas, ...place })
    : [];
  const own = workflow.model ?? fallback;
  const inner: Found[] = [];
  for (const step of workflow.steps) {
    if (step.kind === 'workflow')
      inner.push(
        await checkOne(request, { workflow: step.workflow, ...(own !== undefined && { fallback: own }) }),
      );
  }
  return {
    errors: [
      ...checkReferences(workflow, request.templates),
      ...models.errors,
      ...tools,
      ...inner.flatMap((found) => found.errors),
    ],
    warnings: [
      ...checkUse(workflow, yaml, request.templates),
      ...models.warnings,
      ...inner.flatMap((found) => found.warnings),
    ],
  };
}

// The loaded workflow knows where its steps and templates stand; for its other keys the file is looked at again. One
// that is gone by now costs the findings their exact places, not the check.
async function openFile({ project }: CheckRequest, { file }: LoadedWorkflow): Promise<YamlFile | undefined> {
  try {
    return parseYaml(await readProjectFile({ dir: project.dir, path: file }));
  } catch (error) {
    if (!AiworkflowError.is(error)) throw error;
    return undefined;
  }
}
