import type { Json } from './json.ts';
import type { CostUsd, Usage } from './usage.ts';

/** What a finished step hands on: `{{ scan.response.files }}`, `{{ scan.text }}`. Plain JSON. */
export interface StepResult {
  /** The validated object when the step has a response contract; a tool's result for `call:`; else the text. */
  readonly response: Json;
  readonly text: string;
  readonly stopReason: 'end' | 'skipped';
  readonly usage: Usage;
  readonly costUsd: CostUsd;
  readonly turns: number;
  readonly toolCalls: number;
  /** `forEach`: one result per item, in the order of the items. `response` is then the array of their responses. */
  readonly items?: readonly StepResult[];
  /** `until`: how many rounds it took. The other fields are the last round's. */
  readonly rounds?: number;
}

/** `waiting`: a person has to decide (`aiworkflow resolve`). */
export type RunStatus = 'running' | 'ok' | 'failed' | 'stopped' | 'waiting' | 'interrupted';

/** What `execute` returns: the step's result, and where to look it up. */
export interface ExecuteResult<Response = Json> extends Omit<StepResult, 'response'> {
  readonly response: Response;
  readonly runId: string;
  readonly workflowId: string;
  /** The same as `costUsd`; the unit is US dollars, `null` is unknown. */
  readonly cost: CostUsd;
}

export interface WorkflowResult {
  readonly runId: string;
  readonly workflowId: string;
  readonly steps: Readonly<Record<string, StepResult>>;
  /** The workflow's `result:` template evaluated, or the result of its last step. */
  readonly response: Json;
  readonly usage: Usage;
  readonly costUsd: CostUsd;
}
