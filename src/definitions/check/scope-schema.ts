import type { JsonSchema } from '../../domain/json.ts';
import type { LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { TemplateEngine } from '../../ports/template-engine.ts';
import { expressionReferences } from '../expression-references.ts';
import { documentMark, schemaAtPath } from './schema-path.ts';

/** What the templates of a step see, as a JSON Schema: the names that loading has let through are checked against it. */
export function scopeSchema(
  workflow: LoadedWorkflow,
  step: LoadedStep | undefined,
  templates: TemplateEngine,
): JsonSchema {
  const steps = workflow.steps.map((producer) => [producer.id, resultSchema(producer)] as const);
  const outer = closed({ params: paramsSchema(workflow), run: runSchema, ...Object.fromEntries(steps) });
  if (!step) return outer;
  const round = roundSchema(step);
  return closed({
    ...outer.properties,
    ...(step.forEach && { [step.as]: itemSchema(step, outer, templates), index: { type: 'integer' } }),
    ...(step.until && {
      round: { type: 'integer' },
      previous: { anyOf: [round, { type: 'null' }] },
      [step.id]: round,
    }),
  });
}

type Closed = JsonSchema & { readonly properties: Readonly<Record<string, JsonSchema>> };

function closed(properties: Readonly<Record<string, JsonSchema>>): Closed {
  return { type: 'object', properties, additionalProperties: false };
}

const runSchema = closed({ id: { type: 'string' }, startedAt: { type: 'string' } });

function paramsSchema(workflow: LoadedWorkflow): JsonSchema {
  const params = Object.entries(workflow.params).map(([name, { type }]) => [name, { type }] as const);
  return closed(Object.fromEntries(params));
}

function resultSchema(step: LoadedStep): JsonSchema {
  const one = roundSchema(step);
  if (!step.forEach) return one;
  return closed({
    ...one.properties,
    response: { type: 'array', items: responseSchema(step) },
    items: { type: 'array', items: one },
  });
}

function roundSchema(step: LoadedStep): Closed {
  return closed({
    response: responseSchema(step),
    text: { type: 'string' },
    stopReason: { type: 'string' },
    usage: { type: 'object' },
    costUsd: { type: ['number', 'null'] },
    turns: { type: 'integer' },
    toolCalls: { type: 'integer' },
    ...(step.until && { rounds: { type: 'integer' } }),
  });
}

function responseSchema(step: LoadedStep): JsonSchema {
  if (step.kind === 'workflow') return workflowResponse(step.workflow);
  if (step.response) return { ...step.response.schema, [documentMark]: true };
  return step.kind === 'prompt' ? { type: 'string' } : {};
}

// What an expression gives is not derived; the last step's response is what a workflow without one returns.
function workflowResponse(workflow: LoadedWorkflow): JsonSchema {
  const last = workflow.steps.at(-1);
  if (workflow.result || !last) return {};
  return schemaAtPath(resultSchema(last), ['response']);
}

/** The item's schema when `forEach` is a plain path to a list whose items have one. */
function itemSchema(step: LoadedStep, outer: JsonSchema, templates: TemplateEngine): JsonSchema {
  if (!step.forEach) return {};
  const [reference, second] = expressionReferences(templates, step.forEach);
  const path = step.forEach.text.replaceAll(/[{}\s]/g, '');
  if (!reference || second || reference.path.join('.') !== path) return {};
  return schemaAtPath(outer, [...reference.path, '*']);
}
