import { z } from 'zod';
import {
  type StepDefinition,
  type WorkflowDefinition,
  workflowSchema,
} from '../domain/workflow-definition.ts';
import { ProblemCollector } from './problems.ts';
import { readShape } from './read-shape.ts';
import { readStep } from './read-step.ts';
import { memberOf } from './schema-shape.ts';
import type { YamlFile } from './yaml-file.ts';

const frameSchema = workflowSchema.extend({ steps: z.array(z.unknown()).min(1) });

/** A workflow file's content, checked against its schema. Throws DefinitionError with all that is wrong. */
export function readWorkflowDefinition(yaml: YamlFile): WorkflowDefinition {
  const problems = new ProblemCollector();
  const frame = problems.attempt(() => readShape({ schema: frameSchema, yaml }));
  const written = memberOf(yaml.value, 'steps');
  const steps: StepDefinition[] = [];
  for (const index of Array.isArray(written) ? written.keys() : []) {
    const step = problems.attempt(() => readStep(yaml, ['steps', index]));
    if (step) steps.push(step);
  }
  problems.throwIfAny();
  if (!frame) throw new Error('a workflow without problems has a frame');
  return { ...frame, steps };
}
