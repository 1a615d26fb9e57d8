import type { LoadedStep, LoadedWorkflow } from '../domain/loaded-workflow.ts';
import type { SourceLocation } from '../domain/source-location.ts';
import type { WorkflowDefinition } from '../domain/workflow-definition.ts';
import { DefinitionError, type ErrorFields } from '../errors/index.ts';
import { checkResultReferences, checkStepReferences } from './check/check-references.ts';
import { checkParams } from './declared-params.ts';
import { expressionReferences } from './expression-references.ts';
import { findWorkflowFile } from './find-workflow.ts';
import { checkInnerParams } from './inner-params.ts';
import type { LoadContext } from './load-context.ts';
import { loadStep, type StepContext } from './load-step.ts';
import { ProblemCollector } from './problems.ts';
import { readProjectFile } from './project-file.ts';
import { readBudgets } from './read-budgets.ts';
import { readWorkflowDefinition } from './read-workflow-definition.ts';
import { requireSameServers } from './require-same-servers.ts';
import { reservedNames, unknownName } from './step-names.ts';
import { requireNoCycle } from './step-order.ts';
import { toolServers } from './tool-servers.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

export interface WorkflowRequest extends LoadContext {
  /** A workflow's id, or the path of its file relative to the project. */
  readonly ref: string;
  /** Fields that no contract has are let through: for `checkWorkflow`, which reports them beside all else it finds. */
  readonly deferFieldCheck?: boolean;
}

/**
 * A workflow with everything it refers to: prompts, contracts, inner workflows. Throws DefinitionError (or
 * TemplateError) with every problem that was found, each with file:line:column. References to fields that their
 * producer's contract does not have are among them: a run would meet them after it has paid for the producer.
 */
export function loadWorkflow(request: WorkflowRequest): Promise<LoadedWorkflow> {
  return load(request, { ref: request.ref, outer: [] });
}

interface Place {
  readonly ref: string;
  readonly from?: SourceLocation;
  /** The files of the workflows around this one, outermost first. */
  readonly outer: readonly string[];
}

type Loading = LoadContext & Pick<WorkflowRequest, 'deferFieldCheck'>;

async function load(context: Loading, place: Place): Promise<LoadedWorkflow> {
  const path = await findWorkflowFile({ dir: context.project.dir, ...place });
  if (place.outer.includes(path)) throw circle([...place.outer, path], place.from);
  const yaml = parseYaml(
    await readProjectFile({ dir: context.project.dir, path, ...(place.from && { from: place.from }) }),
  );
  const definition = readWorkflowDefinition(yaml);
  const problems = new ProblemCollector();
  problems.attempt(() => checkParams(context.schemas, { yaml, params: definition.params ?? {} }));
  checkIds(definition, yaml, problems);
  const servers = problems.attempt(() => toolServers(definition.tools, { project: context.project, yaml }));
  const outer = [...place.outer, path];
  const stepContext: StepContext = {
    ...context,
    yaml,
    servers: servers ?? {},
    stepIds: definition.steps.map((step) => step.id),
    loadInner: (from, ref) => load(context, { ref, from: yaml.at(from), outer }),
  };
  const steps: LoadedStep[] = [];
  for (const [index, definitionOfStep] of definition.steps.entries()) {
    const step = await problems.attemptAsync(() => loadStep(stepContext, definitionOfStep, ['steps', index]));
    if (step) steps.push(step);
    if (step?.kind === 'workflow')
      problems.attempt(() => checkInnerParams(context.schemas, step, { yaml, path: ['steps', index] }));
  }
  const hasGoodResult = problems.attempt(() => checkResult(stepContext, definition));
  const workflow = assemble(context, {
    definition,
    yaml,
    servers: servers ?? {},
    steps,
    isInner: place.outer.length > 0,
  });
  for (const finding of unknownFields(workflow, context, hasGoodResult)) problems.add(finding);
  problems.throwIfAny();
  requireNoCycle(steps);
  requireSameServers(servers ?? {}, steps);
  return workflow;
}

// What refers to a step that could not be loaded is not refuted: mending the step may disprove it.
function unknownFields(
  workflow: LoadedWorkflow,
  { templates, deferFieldCheck }: Loading,
  hasGoodResult = false,
): readonly ErrorFields[] {
  if (deferFieldCheck) return [];
  return [
    ...checkStepReferences(workflow, templates),
    ...(hasGoodResult ? checkResultReferences(workflow, templates) : []),
  ];
}

interface Parts {
  readonly definition: WorkflowDefinition;
  readonly yaml: YamlFile;
  readonly servers: LoadedWorkflow['servers'];
  readonly steps: readonly LoadedStep[];
  readonly isInner: boolean;
}

// The project's defaults stand behind the outermost workflow only: an inner one takes what the outer one has. Its budget
// is no default: it holds beside the workflow's, as it is when the run is made.
function assemble({ project }: LoadContext, parts: Parts): LoadedWorkflow {
  const { definition, yaml, servers, steps, isInner } = parts;
  const defaults = isInner ? {} : project.config;
  const model = definition.model ?? defaults.model;
  const limits = { ...defaults.limits, ...definition.limits };
  return {
    id: definition.id,
    file: yaml.file,
    params: definition.params ?? {},
    servers,
    steps,
    ...(definition.description !== undefined && { description: definition.description }),
    ...(model !== undefined && { model }),
    ...readBudgets(yaml, ['budget'], definition.budget),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(definition.result !== undefined && { result: yaml.template(['result']) }),
  };
}

function checkIds(definition: WorkflowDefinition, yaml: YamlFile, problems: ProblemCollector): void {
  const seen = new Set<string>();
  for (const [index, { id }] of definition.steps.entries()) {
    const isReserved = (reservedNames as readonly string[]).includes(id);
    if (isReserved || seen.has(id)) {
      problems.add({
        code: 'DEFINITION_INVALID',
        message: isReserved
          ? `"${id}" cannot be the id of a step: every template has that name already.`
          : `There are two steps with the id "${id}".`,
        hint: 'Give the step another id.',
        location: yaml.at(['steps', index, 'id']),
      });
    }
    seen.add(id);
  }
}

function checkResult({ yaml, templates, stepIds }: StepContext, { result }: WorkflowDefinition): true {
  if (result === undefined) return true;
  const problems = new ProblemCollector();
  for (const reference of expressionReferences(templates, yaml.template(['result']))) {
    const problem = unknownName(reference, { steps: stepIds, others: ['params', 'run'] });
    if (problem) problems.add(problem);
  }
  problems.throwIfAny();
  return true;
}

function circle(files: readonly string[], location: SourceLocation | undefined): DefinitionError {
  return new DefinitionError({
    code: 'STEP_CYCLE',
    message: `Workflows run each other in a circle: ${files.join(' runs ')}.`,
    hint: 'Remove one of these `workflow:` steps; use `until` to repeat a step.',
    ...(location && { location }),
    details: { files: [...files] },
  });
}
