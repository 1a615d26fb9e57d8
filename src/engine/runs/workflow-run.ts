import type { JsonObject } from '../../domain/json.ts';
import type { Limits } from '../../domain/limits.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { StepPath } from '../../domain/position.ts';
import type { ToolSource } from '../../ports/tool-source.ts';
import type { RunContext } from './run-context.ts';

/** One workflow on its way: the run's own, or a sub-workflow's inside a step of it. */
export interface WorkflowRun {
  readonly run: RunContext;
  readonly workflow: LoadedWorkflow;
  readonly params: JsonObject;
  /** True when a tool or a model had a hand in `params`: an outer step's result was handed in. Fenced then. */
  readonly untrustedParams?: boolean;
  /** Position of the step that this is a sub-workflow of; '' for the run's own. */
  readonly path: StepPath;
  readonly tools: ToolSource;
  readonly models: ModelChoice;
  /** Limits from outside: the project's, and the outer step's. */
  readonly limits?: Limits;
}

/** `run --model m` and `--model step=m`, and what holds where neither says anything. */
export interface ModelChoice {
  /** For every step. */
  readonly all?: string;
  /** By step id. */
  readonly steps: Readonly<Record<string, string>>;
  /** The project's default. */
  readonly fallback?: string;
}
