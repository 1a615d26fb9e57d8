import { z } from 'zod';
import type { Json } from '../../domain/json.ts';

/** What `aiworkflow diff --json` prints. `a` is the first run that was named, `b` the second. */

const json: z.ZodType<Json> = (z.unknown() as z.ZodType<Json>).describe('any JSON value');
const bothOrNull = <Value extends z.ZodType>(value: Value) =>
  z.strictObject({ a: value.nullable(), b: value.nullable() });

const jsonDifferenceSchema = z.strictObject({
  pointer: z
    .string()
    .describe('JSON pointer: of a removed value where it was, of the others where they are now'),
  kind: z.enum(['added', 'removed', 'changed']),
  was: json.optional(),
  now: json.optional(),
});

export const answerComparisonSchema = z.strictObject({
  state: z
    .enum(['equal', 'different', 'only-a', 'only-b', 'none', 'unreadable'])
    .describe('unreadable: the two are not the same, and a text of them is not in the log any more'),
  agreement: z
    .number()
    .nullable()
    .describe('share of equal fields, 0 to 1; null when there are not two answers'),
  differences: z
    .array(jsonDifferenceSchema)
    .describe('`{ pointer, kind: added, removed or changed, was, now }`, in the order of the second answer'),
});
export type AnswerComparison = z.infer<typeof answerComparisonSchema>;

const callNamedSchema = z.strictObject({
  number: z.int().describe('what `aiworkflow show --call` takes'),
  position: z.string(),
  call: z.enum(['model', 'tool']),
  name: z.string(),
});
export type CallNamed = z.infer<typeof callNamedSchema>;

const requestDifferenceSchema = z.strictObject({
  part: z.enum(['model', 'settings', 'tool', 'contract', 'message', 'arguments']),
  how: z.enum(['changed', 'added', 'removed', 'unreadable']),
  what: z.string().describe('one line for a person'),
  was: z.string().optional(),
  now: z.string().optional(),
  sameWords: z.literal(true).optional(),
});

export const divergenceSchema = z.strictObject({
  step: z.string().describe('that made the call'),
  kind: z
    .enum(['asked', 'answered', 'only-a', 'only-b'])
    .describe('another request, the same request with another answer, or a call that one run alone made'),
  a: callNamedSchema.nullable().describe('the call in the first run'),
  b: callNamedSchema.nullable().describe('the call in the second run'),
  differences: z
    .array(requestDifferenceSchema)
    .describe('`{ part, how, what, was, now }`: what of the request, or the answer, is not the same'),
});
export type CallDivergence = z.infer<typeof divergenceSchema>;

export const spentSchema = z.strictObject({
  modelCalls: z.int().describe('all attempts count'),
  toolCalls: z.int().describe('all attempts count'),
  inputTokens: z.int().describe('tokens that models read'),
  outputTokens: z.int().describe('tokens that they wrote'),
  cacheReadTokens: z.int().describe('the part of inputTokens that a cache served'),
  costUsd: z.number().nullable().describe('null: unknown, which is not free'),
  durationMs: z.number().nullable().describe('null: it has not ended'),
});
export type Spent = z.infer<typeof spentSchema>;

export const trajectorySchema = z.strictObject({
  same: z
    .int()
    .describe('calls that both runs made, in the same order: tool calls with equal arguments, model calls'),
  onlyA: z
    .array(callNamedSchema)
    .describe('`{ number, position, call, name }` of those that the first run alone made'),
  onlyB: z.array(callNamedSchema).describe('and of those that the second alone made'),
});
export type Trajectory = z.infer<typeof trajectorySchema>;

export const stepComparisonSchema = z.strictObject({
  step: z.string().describe('its path, without attempts: `load[2]` for `load[2]!3`'),
  kind: z.enum(['prompt', 'call', 'workflow']).describe('what the step is'),
  equal: z.boolean().describe('the same end, the same answer, the same calls'),
  status: bothOrNull(z.string()).describe('`{ a, b }`; null: the run has no such step'),
  model: bothOrNull(z.string()).describe('`{ a, b }`'),
  answer: answerComparisonSchema.describe('what it handed on'),
  calls: trajectorySchema.describe('its own: items and inner steps have theirs'),
  firstDivergence: divergenceSchema
    .nullable()
    .describe('its first call that is not the same; null when all are'),
  spent: bothOrNull(spentSchema).describe('`{ a, b }`'),
});
export type StepComparison = z.infer<typeof stepComparisonSchema>;

const runFactsSchema = z.strictObject({
  runId: z.string(),
  workflowId: z.string().nullable(),
  status: z.string(),
  startedAt: z.number().nullable().describe('milliseconds since 1970'),
  parentRunId: z.string().nullable(),
  spent: spentSchema,
});
export type RunFacts = z.infer<typeof runFactsSchema>;

export const runComparisonSchema = z.strictObject({
  a: runFactsSchema.describe('the first run: `{ runId, workflowId, status, startedAt, parentRunId, spent }`'),
  b: runFactsSchema.describe('the second run'),
  equal: z
    .boolean()
    .describe('every step is, and so are the two results; what they cost and took does not count'),
  notes: z.array(z.string()).describe('what to know before reading on: other workflows, a run that goes on'),
  params: z.array(jsonDifferenceSchema).describe('differences of the parameters'),
  result: answerComparisonSchema
    .nullable()
    .describe('what the runs returned; null when one step alone is compared'),
  firstDivergence: divergenceSchema.nullable().describe('the first call in which the two runs part'),
  steps: z
    .array(stepComparisonSchema)
    .describe('in the order of the first run, then those of the second alone'),
});
export type RunComparison = z.infer<typeof runComparisonSchema>;
