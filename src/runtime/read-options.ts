import { z } from 'zod';
import { budgetsSchema, limitsSchema } from '../domain/limits.ts';
import { modelSettingsSchema } from '../domain/model.ts';
import { DefinitionError, nearest } from '../errors/index.ts';
import type { ModelClient } from '../ports/model-client.ts';
import type { CallableTool } from '../ports/tool-source.ts';
import type { ExecuteOptions } from './execute-options.ts';
import type { GroupOptions } from './group.ts';

const tool = z.custom<CallableTool>(
  (value) => typeof value === 'object' && value !== null && 'definition' in value && 'call' in value,
  'must be a tool: defineTool(…), or one of await server.getCallableTools()',
);

const runId = z.string().min(1);
const past = z.union([
  z.strictObject({ resume: runId }),
  z.strictObject({
    replay: runId,
    live: z.enum(['nothing', 'tools']).optional(),
    allowEffects: z.boolean().optional(),
  }),
  z.strictObject({ fork: runId, from: z.string().min(1) }),
]);

const optionsSchema = z.strictObject({
  prompt: z.string().min(1),
  workflowId: z.string().min(1),
  tools: z.array(tool).optional(),
  model: z.union([z.string(), z.custom<ModelClient>((value) => typeof value === 'object')]).optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  response: z.custom((value) => typeof value === 'object' && value !== null).optional(),
  settings: modelSettingsSchema.optional(),
  limits: limitsSchema.optional(),
  budget: budgetsSchema.optional(),
  signal: z.instanceof(AbortSignal).optional(),
  past: past.optional(),
});
const known = Object.keys(optionsSchema.shape);
const groupOptionsSchema = optionsSchema.pick({ params: true, budget: true, signal: true, past: true });

/**
 * Checks what a program passed to `execute`. A misspelt `budget` would otherwise be no budget, and nobody would be told.
 * Throws DefinitionError DEFINITION_INVALID with everything that is wrong.
 */
export function readOptions<Response>(options: ExecuteOptions<Response>): ExecuteOptions<Response> {
  const { success, error } = optionsSchema.safeParse(options);
  if (!success) throw wrongOptions(error.issues.map((issue) => describe(issue, known)));
  const names = (options.tools ?? []).map(({ definition }) => definition.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw wrongOptions([`two tools are called "${twice}"`]);
  return options;
}

/** A step of a group has the past of its run. */
export function readStepOptions<Response>(options: ExecuteOptions<Response>): ExecuteOptions<Response> {
  if (options.past) throw wrongOptions(['"past" belongs to the options of the workflow around it']);
  return readOptions(options);
}

/** The same for the options of `workflow`. */
export function readGroupOptions(options: GroupOptions): GroupOptions {
  const { success, error } = groupOptionsSchema.safeParse(options);
  if (success) return options;
  const names = Object.keys(groupOptionsSchema.shape);
  throw new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `workflow cannot use its options: ${error.issues.map((issue) => describe(issue, names)).join('; ')}.`,
    hint: `It takes: ${names.join(', ')}.`,
  });
}

function describe(issue: z.core.$ZodIssue, names: readonly string[]): string {
  const meant = issue.code === 'invalid_union' ? issue.errors.find(isOfRightKind) : undefined;
  const [inner] = meant ?? [];
  if (inner) return describe({ ...inner, path: [...issue.path, ...inner.path] }, names);
  const place = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return `"${place}": ${issue.message}`;
  const keys = issue.keys.map((key) => {
    const guess = place === '' ? nearest(key, names)[0] : undefined;
    return `"${key}"${guess ? ` (did you mean "${guess}"?)` : ''}`;
  });
  return `unknown ${place === '' ? 'option' : `field of ${place}`}: ${keys.join(', ')}`;
}

/** Of the kinds that an option may have, the one that its value is of: what is wrong is inside. */
const isOfRightKind = (issues: readonly z.core.$ZodIssue[]): boolean =>
  issues.every((issue) => issue.code !== 'invalid_type' || issue.path.length > 0);

function wrongOptions(problems: readonly string[]): DefinitionError {
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `execute cannot use its options: ${problems.join('; ')}.`,
    hint: `It takes: ${known.join(', ')}.`,
    details: { problems },
  });
}
