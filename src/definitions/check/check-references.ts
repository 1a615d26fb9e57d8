import type { JsonSchema } from '../../domain/json.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { TemplateReference } from '../../domain/template.ts';
import { nearest } from '../../errors/index.ts';
import type { TemplateEngine } from '../../ports/template-engine.ts';
import { expressionReferences } from '../expression-references.ts';
import type { Finding } from './report.ts';
import { refutePath } from './schema-path.ts';
import { scopeSchema } from './scope-schema.ts';

/** References to fields that their producer's contract does not have. */
export function checkReferences(workflow: LoadedWorkflow, templates: TemplateEngine): Finding[] {
  return [...checkStepReferences(workflow, templates), ...checkResultReferences(workflow, templates)];
}

export function checkStepReferences(workflow: LoadedWorkflow, templates: TemplateEngine): Finding[] {
  return workflow.steps.flatMap((step) => refuted(step.references, scopeSchema(workflow, step, templates)));
}

export function checkResultReferences(workflow: LoadedWorkflow, templates: TemplateEngine): Finding[] {
  if (!workflow.result) return [];
  const references = expressionReferences(templates, workflow.result);
  return refuted(references, scopeSchema(workflow, undefined, templates));
}

function refuted(references: readonly TemplateReference[], scope: JsonSchema): Finding[] {
  const inOrder = references.toSorted(
    ({ location: a }, { location: b }) => a.line - b.line || a.column - b.column,
  );
  return inOrder.flatMap((reference) => {
    const problem = refutePath(scope, reference.path);
    // A top-level name that is none of these is one that the prompt gives a default for.
    if (!problem || problem.index === 0) return [];
    const name = reference.path[problem.index] ?? '';
    const holder = reference.path.slice(0, problem.index).join('.');
    const [near] = nearest(name, problem.known);
    const known = problem.known.length > 0 ? `It has: ${problem.known.join(', ')}.` : '';
    return {
      code: 'REFERENCE_UNKNOWN' as const,
      message: problem.kind
        ? `"${holder}" is of type ${problem.kind} and has no "${name}".`
        : `"${holder}" has no field "${name}".`,
      hint: near ? `Did you mean "${near}"? ${known}` : known || 'Give the step a `response:` contract.',
      location: reference.location,
    };
  });
}
