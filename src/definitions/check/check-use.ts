import type { LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { TemplateEngine } from '../../ports/template-engine.ts';
import { expressionReferences } from '../expression-references.ts';
import type { YamlFile } from '../yaml-file.ts';
import type { Finding } from './report.ts';

/** What is declared and nobody uses: params, and prompts that neither call a tool nor are read by anybody. */
export function checkUse(
  workflow: LoadedWorkflow,
  yaml: YamlFile | undefined,
  templates: TemplateEngine,
): Finding[] {
  const result = workflow.result ? expressionReferences(templates, workflow.result) : [];
  const paths = [...workflow.steps.flatMap((step) => step.references), ...result].map(({ path }) => path);
  const usesAllParams = paths.some((path) => path.length === 1 && path[0] === 'params');
  const unusedParams = Object.keys(workflow.params).filter(
    (name) => !usesAllParams && !paths.some((path) => path[0] === 'params' && path[1] === name),
  );
  const read = new Set([
    ...paths.map((path) => path[0]),
    ...(workflow.result ? [] : [workflow.steps.at(-1)?.id]),
  ]);
  return [
    ...unusedParams.map((name) => unusedParam(name, yaml)),
    ...workflow.steps.filter((step) => isIdle(step) && !read.has(step.id)).map(idleStep),
  ];
}

function isIdle(step: LoadedStep): boolean {
  return step.kind === 'prompt' && step.tools.length === 0;
}

function unusedParam(name: string, yaml: YamlFile | undefined): Finding {
  return {
    code: 'PARAM_INVALID',
    message: `Param "${name}" is never used.`,
    hint: `Write {{ params.${name} }} where it is meant, or remove it.`,
    ...(yaml && { location: yaml.keyAt(['params', name]) }),
  };
}

function idleStep(step: LoadedStep): Finding {
  return {
    code: 'DEFINITION_INVALID',
    message: `Step "${step.id}" has no effect: it has no tools, and nobody reads its result.`,
    hint: `Write {{ ${step.id}.response }} in a later step or in \`result:\`, or remove the step.`,
    location: step.location,
  };
}
