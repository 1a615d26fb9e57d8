import { z } from 'zod';
import { budgetsSchema, limitsSchema } from './limits.ts';
import { modelSettingsSchema } from './model.ts';
import { serverConfigSchema } from './server-config.ts';

/** The shape of a file in `workflows/`, as a person writes it. `definitions/` turns it into a LoadedWorkflow. */

export const stepIdPattern = /^[a-z][a-z0-9_]*$/;
const stepId = z.string().regex(stepIdPattern, 'lower-case letters, digits and _, starting with a letter');

export const paramSchema = z.strictObject({
  type: z
    .enum(['string', 'number', 'integer', 'boolean', 'object', 'array'])
    .default('string')
    .describe('what the value must be (default string)'),
  description: z.string().optional().describe('for people'),
  default: z.json().optional().describe('the value when none is given; without it the param is required'),
  enum: z.array(z.json()).optional().describe('the only values that are allowed'),
});
export type ParamDefinition = z.infer<typeof paramSchema>;

const retrySchema = z.strictObject({
  attempts: z.int().min(2).max(20).describe('how often the step is tried in all'),
  delayMs: z
    .int()
    .nonnegative()
    .optional()
    .describe('pause before the second attempt, doubled each time (default 1000)'),
});

const responseSchema = z
  .union([z.string(), z.record(z.string(), z.json())])
  .describe(
    'contract of the answer: a JSON Schema or Picoschema inline, or the path of a file that holds one',
  );

const common = {
  id: stepId.describe('name of the step, and of its result in templates'),
  description: z.string().optional().describe('for people'),
  needs: z.array(stepId).optional().describe('steps to wait for, besides those that templates refer to'),
  when: z.string().optional().describe('expression; the step is skipped when it is false'),
  forEach: z.string().optional().describe('expression that gives a list; the step runs once per item'),
  as: stepId.optional().describe('name of the item in templates (default item)'),
  concurrency: z.int().min(1).max(256).optional().describe('items at the same time (default 4)'),
  until: z
    .string()
    .optional()
    .describe('expression, asked after each round; the step repeats until it is true'),
  maxRounds: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('rounds at the most (default 5); reaching it is an error'),
  retry: retrySchema
    .optional()
    .describe(
      'try the whole step again when it fails, unless it has called a reversible or irreversible tool',
    ),
  limits: limitsSchema.optional().describe('limits of this step; win over those of the workflow'),
};

/** Steps that ask models. */
const budget = budgetsSchema
  .optional()
  .describe('what the step may use, with all its items, rounds and attempts; holds beside all others');

export const promptStepSchema = z.strictObject({
  ...common,
  prompt: z.string().describe('path of a .prompt file, or the prompt itself'),
  model: z.string().optional().describe('provider:model; wins over the workflow and the prompt file'),
  tools: z.array(z.string()).optional().describe('names or globs: lake.*, files.read_text_file'),
  response: responseSchema.optional(),
  settings: modelSettingsSchema.optional().describe('settings of the model'),
  budget,
});

export const callStepSchema = z.strictObject({
  ...common,
  call: z.string().describe('one tool, server.tool; no model takes part'),
  arguments: z
    .record(z.string(), z.json())
    .optional()
    .describe('values may hold templates; one that is a single {{ }} keeps its type'),
  response: responseSchema.optional(),
});

export const workflowStepSchema = z.strictObject({
  ...common,
  workflow: z.string().describe('id or path of another workflow file'),
  params: z.record(z.string(), z.json()).optional().describe('its params; values may hold templates'),
  budget,
});

export const stepSchema = z.union([promptStepSchema, callStepSchema, workflowStepSchema]);
export type StepDefinition = z.infer<typeof stepSchema>;

export const workflowSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and -, starting with a letter')
    .describe('name of the workflow: what `aiworkflow run` is given'),
  description: z.string().optional().describe('for people'),
  params: z
    .record(z.string().regex(stepIdPattern), paramSchema)
    .optional()
    .describe('values that each run is given: {{ params.name }}'),
  model: z.string().optional().describe('provider:model for steps that name none'),
  tools: z
    .union([z.array(z.string()), z.record(z.string(), serverConfigSchema)])
    .optional()
    .describe('MCP servers: names from aiworkflow.yaml, or servers declared here'),
  budget: budgetsSchema
    .optional()
    .describe('what a run, or all runs of a day or month, may use; holds beside that of the project'),
  limits: limitsSchema.optional().describe('what each step may use'),
  steps: z
    .array(stepSchema)
    .min(1)
    .describe('what is to be done; a step runs as soon as what it refers to is there'),
  result: z.string().optional().describe('expression for what the run returns (default: the last step)'),
});
export type WorkflowDefinition = z.infer<typeof workflowSchema>;
