import type { LoadedWorkflowStep } from '../domain/loaded-workflow.ts';
import { nearest } from '../errors/index.ts';
import type { SchemaValidator } from '../ports/schema-validator.ts';
import { paramSchemaOf } from './declared-params.ts';
import { ProblemCollector } from './problems.ts';
import type { YamlFile, YamlPath } from './yaml-file.ts';

type Place = { readonly yaml: YamlFile; readonly path: YamlPath };

/** What a step gives to the workflow that it runs: known params, none missing, and the right types where they show. */
export function checkInnerParams(
  schemas: SchemaValidator,
  step: LoadedWorkflowStep,
  { yaml, path }: Place,
): void {
  const problems = new ProblemCollector();
  for (const name of Object.keys(step.params)) {
    const location = yaml.keyAt([...path, 'params', name]);
    const problem = problemWith(schemas, step, name);
    if (problem) problems.add({ code: 'PARAM_INVALID', ...problem, location });
  }
  const { params: declared, id } = step.workflow;
  const missing = Object.keys(declared).filter(
    (name) => declared[name]?.default === undefined && !Object.hasOwn(step.params, name),
  );
  if (missing.length > 0) {
    problems.add({
      code: 'PARAM_INVALID',
      message: `Workflow "${id}" needs the params ${missing.join(', ')}.`,
      hint: 'Add them under `params:` of this step.',
      location: yaml.at(path),
    });
  }
  problems.throwIfAny();
}

function problemWith(
  schemas: SchemaValidator,
  step: LoadedWorkflowStep,
  name: string,
): { message: string; hint?: string } | undefined {
  const { params: declared, id } = step.workflow;
  const param = Object.hasOwn(declared, name) ? declared[name] : undefined;
  if (!param) {
    const [near] = nearest(name, Object.keys(declared));
    return {
      message: `Workflow "${id}" has no param "${name}".`,
      hint: `${near ? `Did you mean "${near}"? ` : ''}It takes: ${Object.keys(declared).join(', ') || 'none'}.`,
    };
  }
  const value = step.params[name];
  // What a template gives is known when it runs; what stands here is known now.
  if (JSON.stringify(value).includes('{{')) return undefined;
  const [issue] = schemas.compile(paramSchemaOf(param)).validate(value);
  return issue && { message: `Param "${name}" ${issue.message}.` };
}
