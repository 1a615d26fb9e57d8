import type { Json, JsonObject } from '../../domain/json.ts';
import type { LoadedCallStep } from '../../domain/loaded-workflow.ts';
import type { ContentPart } from '../../domain/message.ts';
import { directCallPosition, type StepPath } from '../../domain/position.ts';
import type { StepResult } from '../../domain/result.ts';
import type { ToolOutput } from '../../domain/tool.ts';
import { noUsage } from '../../domain/usage.ts';
import { AnswerError, DefinitionError, ToolError } from '../../errors/index.ts';
import type { TemplateScope } from '../../ports/template-engine.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import { limitsOfStep } from '../runs/limits-of-step.ts';
import type { WorkflowRun } from '../runs/workflow-run.ts';
import { callTool, jsonOfContent } from '../turns/call-tool.ts';
import { describeIssues } from '../turns/describe-issues.ts';
import { renderArguments } from './render-arguments.ts';
import { showStep } from './show-hint.ts';
import { type StepContext, withStep } from './step-context.ts';
import { toolOfCall } from './tools-of-step.ts';

/** A step without a model: one tool call. A failure of the tool is a failure of the step. */
export async function runCallStep(
  flow: WorkflowRun,
  step: LoadedCallStep,
  { path, scope }: { readonly path: StepPath; readonly scope: TemplateScope },
): Promise<StepResult> {
  const { services } = flow.run;
  const source = { args: step.arguments, origin: step.argumentsOrigin };
  const args = renderArguments(services.templates, source, scope);
  const position = directCallPosition(path);
  const tool = await toolOfCall(flow.run, { position, name: step.call, tools: flow.tools });
  if (!tool) throw noSuchTool(step);
  const limits = limitsOfStep(flow, step);
  return withStep(flow.run, { path, limits }, async (context) => {
    requireArguments(context, tool, { step, args });
    context.meter.beginToolCalls(1);
    const call = { position, callId: path, tool, args, uncut: true };
    return callTool(context, call, ({ output }) => resultOf(context, step, output));
  });
}

function resultOf(context: StepContext, step: LoadedCallStep, output: ToolOutput): StepResult {
  const text = plainText(output.content);
  if (output.isError) throw toolFailed(context, step, text);
  const json = output.structured ?? jsonOfContent(output.content);
  const response = json === undefined ? text : json;
  requireContract(context, step, response);
  return { response, text, stopReason: 'end', usage: noUsage, costUsd: 0, turns: 0, toolCalls: 1 };
}

const plainText = (content: readonly ContentPart[]): string =>
  content.map((part) => (part.type === 'text' ? part.text : '')).join('');

function requireArguments(
  context: StepContext,
  tool: CallableTool,
  { step, args }: { readonly step: LoadedCallStep; readonly args: JsonObject },
): void {
  const issues = context.run.services.schemas.compile(tool.definition.inputSchema).validate(args);
  if (issues.length === 0) return;
  throw new DefinitionError({
    code: 'PARAM_INVALID',
    message: `The arguments do not fit ${step.call}: ${describeIssues(issues, '(arguments)').join('; ')}`,
    location: step.argumentsOrigin,
    hint: `Change \`arguments:\` of step "${step.id}".`,
  });
}

function requireContract(context: StepContext, step: LoadedCallStep, response: Json): void {
  if (!step.response) return;
  const issues = context.run.services.schemas.compile(step.response.schema).validate(response);
  if (issues.length === 0) return;
  throw new AnswerError({
    code: 'ANSWER_BREAKS_CONTRACT',
    message: `The result of ${step.call} breaks its contract (${step.response.source}): ${describeIssues(issues, '(the whole)').join('; ')}`,
    location: step.location,
    hint: `${showStep(context.path)} shows the result.`,
  });
}

function toolFailed(context: StepContext, step: LoadedCallStep, text: string): ToolError {
  return new ToolError({
    code: 'TOOL_FAILED',
    message: `${step.call} failed in step "${step.id}": ${text.slice(0, 500)}`,
    location: step.location,
    hint: `${showStep(context.path)} shows the whole result and the arguments.`,
  });
}

function noSuchTool(step: LoadedCallStep): DefinitionError {
  return new DefinitionError({
    code: 'TOOL_UNKNOWN',
    message: `No server offers the tool "${step.call}".`,
    location: step.location,
    hint: '`aiworkflow check` lists the tools of each server.',
  });
}
