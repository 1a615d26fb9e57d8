import { defaultRuntime } from './runtime/default-runtime.ts';
import { type Execute, executeOf } from './runtime/execute-signature.ts';
import { executeOnce, type GroupContext, type GroupOptions, runGroup } from './runtime/group.ts';

/**
 * Runs one prompt until the model answers, with every call in the audit log of the project in the working directory.
 *
 * ### Examples
 *
 *     const scan = await execute({
 *       prompt: 'List the vendor files and their columns.',
 *       tools: await files.getCallableTools(),
 *       model: 'openai:gpt-6-sol',
 *       workflowId: 'discover_vendor_feeds',
 *       response: z.object({ files: z.array(z.object({ path: z.string() })) }),
 *     });
 *     const plan = await execute('Plan tables for {{ scan.response.files }}', tools, model, 'plan', { inputs: { scan } });
 *
 * Throws what stopped it: ModelError, AnswerError, ToolError, LimitError, TemplateError, LogError, InterruptedError.
 * Each carries `code`, `hint` and `runId`.
 */
export const execute: Execute = executeOf(async (options) => executeOnce(await defaultRuntime(), options));

/**
 * Groups several prompts into one run. Loops, conditions and Promise.all are plain TypeScript.
 *
 *     await workflow('product-datamart', async ({ execute }) => {
 *       const scan = await execute({ prompt: scanPrompt, tools, model, workflowId: 'scan' });
 *       return Promise.all(scan.response.files.map((file) => execute({ …, inputs: { file }, workflowId: 'load' })));
 *     });
 */
export async function workflow<Value>(
  workflowId: string,
  work: (context: GroupContext) => Promise<Value>,
  options: GroupOptions = {},
): Promise<Value> {
  return runGroup(await defaultRuntime(), { workflowId, work, options });
}

export type { ChosenModels } from './domain/events.ts';
export type { Json, JsonObject, JsonSchema } from './domain/json.ts';
export type { Budget, Budgets, Limits } from './domain/limits.ts';
export type { LoadedWorkflow } from './domain/loaded-workflow.ts';
export type { AssistantMessage, ContentPart, Message, ToolMessage } from './domain/message.ts';
export type { ModelRequest, ModelResponse, ModelSettings } from './domain/model.ts';
export type { ExecuteResult, StepResult, WorkflowResult } from './domain/result.ts';
export type { EffectClass, ToolDefinition, ToolOutput } from './domain/tool.ts';
export type { CostUsd, Usage } from './domain/usage.ts';
export type { SwapReport } from './engine/swap/swap-report.ts';
export {
  AiworkflowError,
  AnswerError,
  DefinitionError,
  type ErrorCode,
  errorCatalogue,
  InterruptedError,
  LimitError,
  LogError,
  ModelError,
  TemplateError,
  ToolError,
} from './errors/index.ts';
export type { ModelCallContext, ModelClient } from './ports/model-client.ts';
export type { CallableTool, ToolCallContext } from './ports/tool-source.ts';
export type { ExecuteOptions } from './runtime/execute-options.ts';
export { executeOnce, type GroupContext, type GroupOptions, runGroup } from './runtime/group.ts';
export { loadWorkflow } from './runtime/load-workflow.ts';
export { mcpServer } from './runtime/mcp-server.ts';
export type { PastChoice } from './runtime/past-choice.ts';
export { type ForkOptions, forkRun } from './runtime/rerun/fork-run.ts';
export type { ReplayOutcome, StepOutcome, ToolDifference } from './runtime/rerun/replay-outcome.ts';
export { type ReplayOptions, replayRun } from './runtime/rerun/replay-run.ts';
export { type Resolution, resolveCall } from './runtime/rerun/resolve-call.ts';
export { type ResumeOptions, resumeRun } from './runtime/rerun/resume-run.ts';
export { type RunWorkflowOptions, runLoadedWorkflow } from './runtime/run-workflow-file.ts';
export { type SwapOptions, swapStep } from './runtime/swap/swap-step.ts';
export { createRuntime, type Runtime, type RuntimeOptions } from './runtime.ts';
export { defineTool } from './tools/define-tool.ts';
export type { McpServer } from './tools/mcp/mcp-server.ts';
