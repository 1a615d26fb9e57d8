import { z } from 'zod';
import type { Json, JsonObject, JsonSchema } from '../domain/json.ts';
import type { Budgets, Limits } from '../domain/limits.ts';
import type { LoadedPrompt, ResponseContract } from '../domain/loaded-workflow.ts';
import type { ModelSettings } from '../domain/model.ts';
import type { ExecuteRequest } from '../engine/runs/execute.ts';
import type { Demand } from '../engine/turns/check-answer.ts';
import { DefinitionError } from '../errors/index.ts';
import type { ModelClient } from '../ports/model-client.ts';
import type { CallableTool } from '../ports/tool-source.ts';
import type { PastChoice } from './past-choice.ts';

/** What `execute` takes. Only `prompt` and `workflowId` are needed when the project has a default model. */
export interface ExecuteOptions<Response = Json> {
  /** The prompt as a Handlebars template, or the path of a `.prompt` file of the project. */
  readonly prompt: string;
  /** What the model may call: `await server.getCallableTools()`, `defineTool(…)`. */
  readonly tools?: readonly CallableTool[];
  /** `provider:model`, or a model client such as `scriptedModel(…)`. Default: the prompt file's, then the project's. */
  readonly model?: string | ModelClient;
  /** Names the run in the log; inside `workflow(…)` it names the step. */
  readonly workflowId: string;
  /** Former results and other material for the template: `inputs: { file_scan }` gives `{{ file_scan.response.files }}`. Fenced as data. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Your own values, `{{ params.region }}`. Trusted: not fenced. */
  readonly params?: JsonObject;
  /** What the answer must satisfy: a zod schema or a JSON Schema. `response` of the result is then the validated value. */
  readonly response?: z.ZodType<Response> | JsonSchema;
  readonly settings?: ModelSettings;
  readonly limits?: Limits;
  /** What it may use; one or several. Those of the project and of the `workflow(…)` around it hold too. */
  readonly budget?: Budgets;
  readonly signal?: AbortSignal;
  /** An earlier run of the same prompt, to go on with it, to replay it, to fork it. Inside `workflow(…)` it is the workflow's. */
  readonly past?: PastChoice;
}

/** What a `.prompt` file or an inline text comes to, once loaded. */
export interface PreparedPrompt {
  readonly prompt: LoadedPrompt;
  readonly model?: string;
  readonly settings?: ModelSettings;
  readonly response?: ResponseContract;
}

export function requestOf(
  options: ExecuteOptions<unknown>,
  prepared: PreparedPrompt,
  defaults: { readonly model?: string; readonly limits?: Limits },
): ExecuteRequest {
  const { workflowId, model, budget, signal } = options;
  const contract = options.response ? contractOf(workflowId, options.response) : prepared.response;
  const named = typeof model === 'object' ? model.id : (model ?? prepared.model ?? defaults.model);
  return {
    workflowId,
    prompt: prepared.prompt,
    inputs: plainJson(options.inputs ?? {}),
    params: options.params ?? {},
    tools: options.tools ?? [],
    model: named ?? noModel(workflowId),
    ...(typeof model === 'object' && { client: model }),
    settings: { ...prepared.settings, ...options.settings },
    limits: { ...defaults.limits, ...options.limits },
    ...(contract && { contract }),
    ...(options.response && isZod(options.response) && { demand: demandOf(options.response) }),
    ...(budget && { budget }),
    ...(signal && { signal }),
  };
}

export function inlinePrompt(workflowId: string, text: string): PreparedPrompt {
  const origin = { file: `(prompt of ${workflowId})`, line: 1, column: 1 };
  return { prompt: { messages: [{ role: 'user', template: { text, origin } }] } };
}

/**
 * The contract is what of a zod schema JSON Schema can say: providers are told it. The rest (refinements, dates) is
 * checked by the schema itself, see `demandOf`.
 */
function contractOf(workflowId: string, response: z.ZodType | JsonSchema): ResponseContract {
  const schema = isZod(response)
    ? (z.toJSONSchema(response, { io: 'input', unrepresentable: 'any' }) as JsonSchema)
    : response;
  return {
    name: workflowId.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64),
    schema,
    source: `response of ${workflowId}`,
  };
}

function demandOf(response: z.ZodType): Demand {
  return async (value) => {
    const { error } = await response.safeParseAsync(value);
    return (error?.issues ?? []).map((issue) => `/${issue.path.join('/')}: ${issue.message}`);
  };
}

export const isZod = (value: z.ZodType | JsonSchema): value is z.ZodType => '_zod' in value;

/** Templates see what JSON keeps of a value; a result of `execute` is plain JSON already. */
function plainJson(inputs: Readonly<Record<string, unknown>>): JsonObject {
  const text = JSON.stringify(inputs);
  return JSON.parse(text) as JsonObject;
}

function noModel(workflowId: string): never {
  throw new DefinitionError({
    code: 'MODEL_UNKNOWN',
    message: `execute("${workflowId}") has no model.`,
    hint: 'Give it `model: "provider:model"`, or set `model:` in aiworkflow.yaml.',
  });
}
