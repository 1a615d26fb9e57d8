import type { Json, JsonObject } from '../domain/json.ts';
import type {
  LoadedCallStep,
  LoadedPromptStep,
  LoadedStep,
  LoadedWorkflow,
  LoadedWorkflowStep,
} from '../domain/loaded-workflow.ts';
import type { TemplateReference, TemplateSource } from '../domain/template.ts';
import type { StepDefinition } from '../domain/workflow-definition.ts';
import { expressionReferences, templatesIn } from './expression-references.ts';
import type { LoadContext } from './load-context.ts';
import { loadStepPrompt } from './load-step-prompt.ts';
import { ProblemCollector } from './problems.ts';
import { readBudgets } from './read-budgets.ts';
import { readContract } from './response-contract.ts';
import { reservedNames, unknownName } from './step-names.ts';
import { requireServer, type Servers } from './tool-servers.ts';
import type { YamlFile, YamlPath } from './yaml-file.ts';

export interface StepContext extends LoadContext {
  readonly yaml: YamlFile;
  readonly servers: Servers;
  /** The ids of all steps of the workflow. */
  readonly stepIds: readonly string[];
  readonly loadInner: (path: YamlPath, ref: string) => Promise<LoadedWorkflow>;
}

type Work =
  | Pick<LoadedPromptStep, 'kind' | 'prompt' | 'model' | 'tools' | 'response' | 'settings'>
  | Pick<LoadedCallStep, 'kind' | 'call' | 'arguments' | 'argumentsOrigin' | 'response'>
  | Pick<LoadedWorkflowStep, 'kind' | 'workflow' | 'params' | 'paramsOrigin'>;

interface LoadedWork {
  readonly work: Work;
  readonly templates: readonly TemplateSource[];
  /** Names that the prompt gives values for itself. */
  readonly defaults: readonly string[];
}

/** One step with everything it names read in. Throws DefinitionError with all that is wrong with it. */
export async function loadStep(
  context: StepContext,
  definition: StepDefinition,
  path: YamlPath,
): Promise<LoadedStep> {
  const problems = new ProblemCollector();
  checkAs(context, definition, { path, problems });
  checkLoopKeys(context, definition, { path, problems });
  const loaded = await problems.attemptAsync(() => loadWork(context, definition, path));
  const expressions = expressionsOf(context.yaml, definition, path);
  const references = collectReferences(context, definition, { expressions, loaded, problems });
  checkNeeds(context, definition, { path, problems });
  problems.throwIfAny();
  if (!loaded) throw new Error('a step without problems is loaded');
  const named = references.map((reference) => reference.path[0] ?? '');
  const needed = new Set([
    ...(definition.needs ?? []),
    ...named.filter((name) => context.stepIds.includes(name)),
  ]);
  needed.delete(definition.id);
  return {
    ...loaded.work,
    id: definition.id,
    location: context.yaml.at(path),
    needs: [...needed],
    references,
    ...expressions,
    as: definition.as ?? 'item',
    concurrency: definition.concurrency ?? 4,
    maxRounds: definition.until === undefined ? 1 : (definition.maxRounds ?? 5),
    ...(definition.retry && { retry: { delayMs: 1000, ...definition.retry } }),
    ...(definition.limits && { limits: definition.limits }),
    ...('budget' in definition && readBudgets(context.yaml, [...path, 'budget'], definition.budget)),
  } as LoadedStep;
}

async function loadWork(context: StepContext, step: StepDefinition, path: YamlPath): Promise<LoadedWork> {
  if ('prompt' in step) return loadStepPrompt(context, step, path);
  if ('call' in step) return loadCall(context, step, path);
  return loadInnerWorkflow(context, step, path);
}

async function loadCall(
  context: StepContext,
  step: Extract<StepDefinition, { call: string }>,
  path: YamlPath,
): Promise<LoadedWork> {
  const { yaml } = context;
  const problems = new ProblemCollector();
  problems.attempt(() => requireServer(step.call, context.servers, yaml.at([...path, 'call'])));
  const response = await problems.attemptAsync(async () =>
    step.response === undefined
      ? undefined
      : readContract(context, { yaml, path: [...path, 'response'], name: step.id }),
  );
  problems.throwIfAny();
  return {
    work: {
      kind: 'call',
      call: step.call,
      arguments: (step.arguments ?? {}) as JsonObject,
      argumentsOrigin: yaml.at([...path, 'arguments']),
      ...(response && { response }),
    },
    templates: templatesIn(yaml, [...path, 'arguments'], step.arguments as Json | undefined),
    defaults: [],
  };
}

async function loadInnerWorkflow(
  context: StepContext,
  step: Extract<StepDefinition, { workflow: string }>,
  path: YamlPath,
): Promise<LoadedWork> {
  const workflow = await context.loadInner([...path, 'workflow'], step.workflow);
  return {
    work: {
      kind: 'workflow',
      workflow,
      params: (step.params ?? {}) as Record<string, Json>,
      paramsOrigin: context.yaml.at([...path, 'params']),
    },
    templates: templatesIn(context.yaml, [...path, 'params'], step.params as Json | undefined),
    defaults: [],
  };
}

interface Expressions {
  readonly when?: TemplateSource;
  readonly forEach?: TemplateSource;
  readonly until?: TemplateSource;
}

function expressionsOf(yaml: YamlFile, step: StepDefinition, path: YamlPath): Expressions {
  return {
    ...(step.when !== undefined && { when: yaml.template([...path, 'when']) }),
    ...(step.forEach !== undefined && { forEach: yaml.template([...path, 'forEach']) }),
    ...(step.until !== undefined && { until: yaml.template([...path, 'until']) }),
  };
}

interface ReferenceSources {
  readonly expressions: Expressions;
  readonly loaded: LoadedWork | undefined;
  readonly problems: ProblemCollector;
}

// `when` and `forEach` are asked before there is an item or a round; only `until` sees the step's own result.
function collectReferences(
  context: StepContext,
  step: StepDefinition,
  { expressions, loaded, problems }: ReferenceSources,
): TemplateReference[] {
  const outer = ['params', 'run'];
  const loop = step.forEach === undefined ? [] : [step.as ?? 'item', 'index'];
  const rounds = step.until === undefined ? [] : ['round', 'previous'];
  const inner = [...outer, ...loop, ...rounds];
  const others = context.stepIds.filter((id) => id !== step.id);
  const check = (references: readonly TemplateReference[], names: readonly string[]) => {
    for (const reference of references) {
      const problem = unknownName(reference, { steps: others, others: names });
      if (problem) problems.add(ownResult(problem, reference, step));
    }
    return references;
  };
  const { templates } = context;
  const ask = (expression: TemplateSource | undefined, names: readonly string[]) =>
    expression
      ? (problems.attempt(() => check(expressionReferences(templates, expression), names)) ?? [])
      : [];
  const body = (loaded?.templates ?? []).flatMap(
    (template) =>
      problems.attempt(() =>
        check(templates.references(template), [...inner, ...(loaded?.defaults ?? [])]),
      ) ?? [],
  );
  return [
    ...ask(expressions.when, outer),
    ...ask(expressions.forEach, outer),
    ...body,
    ...ask(expressions.until, [...inner, step.id]),
  ];
}

type Problem = Parameters<ProblemCollector['add']>[0];

function ownResult(problem: Problem, reference: TemplateReference, step: StepDefinition): Problem {
  if (reference.path[0] !== step.id) return problem;
  return {
    ...problem,
    message: `"${step.id}" is this step itself: its result is not there yet.`,
    hint: 'Only `until` sees it; with `until`, {{ previous }} is the round before.',
  };
}

interface StepPlace {
  readonly path: YamlPath;
  readonly problems: ProblemCollector;
}

function checkAs({ yaml, stepIds }: StepContext, step: StepDefinition, { path, problems }: StepPlace): void {
  if (step.as === undefined && step.forEach === undefined) return;
  const name = step.as ?? 'item';
  const isReserved = (reservedNames as readonly string[]).includes(name);
  if (!isReserved && !stepIds.includes(name)) return;
  problems.add({
    code: 'DEFINITION_INVALID',
    message: `The item cannot be called "${name}": that is ${isReserved ? 'a name that every template has' : 'the id of a step'}.`,
    hint: 'Give the item another name with `as:`.',
    location: step.as === undefined ? yaml.keyAt([...path, 'forEach']) : yaml.at([...path, 'as']),
  });
}

/** Keys that only a loop heeds: without one they would be obeyed by nobody, and nobody would be told. */
const loopKeys = [
  ['as', 'forEach'],
  ['concurrency', 'forEach'],
  ['maxRounds', 'until'],
] as const;

function checkLoopKeys({ yaml }: StepContext, step: StepDefinition, { path, problems }: StepPlace): void {
  for (const [key, loop] of loopKeys) {
    if (step[key] === undefined || step[loop] !== undefined) continue;
    problems.add({
      code: 'DEFINITION_INVALID',
      message: `\`${key}\` says nothing without \`${loop}\`.`,
      hint: `Add \`${loop}:\`, or remove \`${key}:\`.`,
      location: yaml.keyAt([...path, key]),
    });
  }
}

function checkNeeds(
  { yaml, stepIds }: StepContext,
  step: StepDefinition,
  { path, problems }: StepPlace,
): void {
  for (const [index, name] of (step.needs ?? []).entries()) {
    if (stepIds.includes(name) && name !== step.id) continue;
    const problem = unknownName(
      { path: [name], location: yaml.at([...path, 'needs', index]) },
      { steps: stepIds.filter((id) => id !== step.id), others: [] },
    );
    if (problem)
      problems.add({ ...problem, code: 'STEP_UNKNOWN', message: `There is no other step "${name}".` });
  }
}
