import type { Json, JsonObject, JsonSchema } from './json.ts';
import type { Budgets, Limits } from './limits.ts';
import type { ModelSettings } from './model.ts';
import type { ServerConfig } from './server-config.ts';
import type { SourceLocation } from './source-location.ts';
import type { TemplateReference, TemplateSource } from './template.ts';
import type { ParamDefinition } from './workflow-definition.ts';

/**
 * A workflow with everything it refers to read in and checked: prompts, schemas, sub-workflows. It is plain JSON,
 * so it is hashed into the log, and a run needs no file of the project again.
 */
export interface LoadedWorkflow {
  readonly id: string;
  readonly file: string;
  readonly description?: string;
  readonly params: Readonly<Record<string, ParamDefinition>>;
  readonly model?: string;
  readonly servers: Readonly<Record<string, ServerConfig>>;
  /** The workflow's own; the project's holds beside it and is no part of the definition. */
  readonly budget?: Budgets;
  readonly limits?: Limits;
  readonly steps: readonly LoadedStep[];
  readonly result?: TemplateSource;
}

export type LoadedStep = LoadedPromptStep | LoadedCallStep | LoadedWorkflowStep;

interface CommonStep {
  readonly id: string;
  readonly location: SourceLocation;
  /** Every step that must end before this one starts: `needs` and what its templates refer to. */
  readonly needs: readonly string[];
  readonly references: readonly TemplateReference[];
  readonly when?: TemplateSource;
  readonly forEach?: TemplateSource;
  /** The item's name in templates. */
  readonly as: string;
  readonly concurrency: number;
  readonly until?: TemplateSource;
  readonly maxRounds: number;
  readonly retry?: { readonly attempts: number; readonly delayMs: number };
  readonly limits?: Limits;
  /** Steps that ask models: `call:` steps have none. */
  readonly budget?: Budgets;
}

export interface LoadedPromptStep extends CommonStep {
  readonly kind: 'prompt';
  readonly prompt: LoadedPrompt;
  readonly model?: string;
  /** Names and globs. Absent: no tools. */
  readonly tools: readonly string[];
  readonly response?: ResponseContract;
  readonly settings: ModelSettings;
}

export interface LoadedCallStep extends CommonStep {
  readonly kind: 'call';
  readonly call: string;
  /** Strings in it are templates. */
  readonly arguments: JsonObject;
  /** Where `arguments` stands, for errors in its templates. */
  readonly argumentsOrigin: SourceLocation;
  readonly response?: ResponseContract;
}

export interface LoadedWorkflowStep extends CommonStep {
  readonly kind: 'workflow';
  readonly workflow: LoadedWorkflow;
  readonly params: Readonly<Record<string, Json>>;
  readonly paramsOrigin: SourceLocation;
}

export interface LoadedPrompt {
  readonly messages: readonly PromptMessage[];
  /** Values for variables that the caller leaves out (`input.default`). */
  readonly defaults?: JsonObject;
  /** `input.schema`: what the prompt's variables must be. */
  readonly input?: ResponseContract;
}

export interface PromptMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly template: TemplateSource;
}

export interface ResponseContract {
  /** What providers are told the schema is called: letters, digits, _ and -. */
  readonly name: string;
  readonly schema: JsonSchema;
  /** Where it comes from, for messages: `prompts/scan.prompt` or `workflows/x.yaml:12:7`. */
  readonly source: string;
}
