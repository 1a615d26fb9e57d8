import type { Json } from '../domain/json.ts';
import type { ResponseContract } from '../domain/loaded-workflow.ts';
import { type Message, textOf, toolCallsOf } from '../domain/message.ts';
import type { ModelSettings } from '../domain/model.ts';
import type { StepResult } from '../domain/result.ts';
import { AnswerError, ModelError } from '../errors/index.ts';
import type { ModelClient } from '../ports/model-client.ts';
import type { CallableTool } from '../ports/tool-source.ts';
import { type Answer, callModel } from './call-model.ts';
import { checkAnswer, type Demand, repairRequest, type Verdict } from './check-answer.ts';
import { type Conversation, join, startConversation } from './conversation.ts';
import { storeFrame } from './prompt-frame.ts';
import { emit, throwIfAborted } from './run-context.ts';
import { refuseCutCalls, runToolCalls, type ToolBox } from './run-tool-calls.ts';
import { showStep } from './show-hint.ts';
import type { StepContext } from './step-context.ts';

export interface PromptRequest {
  readonly messages: readonly Message[];
  readonly tools: readonly CallableTool[];
  readonly client: ModelClient;
  readonly settings: ModelSettings;
  readonly contract?: ResponseContract;
  readonly demand?: Demand;
}

/** The loop: ask the model, make the calls that it asks for, until it answers and the answer keeps its contract. */
export async function executePrompt(step: StepContext, request: PromptRequest): Promise<StepResult> {
  // A schema that cannot be compiled is found before anything is paid for.
  if (request.contract) step.run.services.schemas.compile(request.contract.schema);
  const box = openToolBox(step, request);
  const conversation = startConversation(step.run.services, request.messages);
  for (let repairs = 0; ; ) {
    throwIfAborted(step.signal);
    const answer = await callModel(step, box.frame, conversation);
    refuseUnusable(step, answer);
    if (answer.stopReason === 'pause') continue;
    if (await answeredCalls(step, box, { answer, conversation })) continue;
    const verdict = await checked(step, request, answer);
    if (verdict.accepted) return result(step, answer, verdict.response);
    if (++repairs > step.limits.repairs) throw repairExhausted(step, request, verdict.issues);
    const content = [{ type: 'text', text: repairRequest(verdict.issues) }] as const;
    join(step.run.services, conversation, { role: 'user', content });
  }
}

function openToolBox(step: StepContext, request: PromptRequest): ToolBox {
  const frame = storeFrame(step, {
    client: request.client,
    tools: request.tools.map((tool) => tool.definition),
    settings: request.settings,
    ...(request.contract && { contract: request.contract }),
  });
  return { frame, tools: new Map(request.tools.map((tool) => [tool.definition.name, tool])) };
}

/** True when the model asked for tools, and now has their results. */
async function answeredCalls(
  step: StepContext,
  box: ToolBox,
  { answer, conversation }: { readonly answer: Answer; readonly conversation: Conversation },
): Promise<boolean> {
  const calls = toolCallsOf(answer.message);
  if (calls.length === 0) return false;
  if (answer.stopReason === 'length') refuseCutCalls(step, calls, conversation);
  else await runToolCalls(step, box, { calls, conversation });
  return true;
}

/** Words that must never pass for data, however well they parse. */
function refuseUnusable(step: StepContext, answer: Answer): void {
  const detail = answer.stopDetail ? `: ${answer.stopDetail}` : '.';
  if (answer.stopReason === 'refusal')
    throw new AnswerError({
      code: 'MODEL_REFUSED',
      message: `The model declined to answer step "${step.path}"${detail}`,
      hint: `${showStep(step.path)} shows its words. Another wording or another model may do.`,
    });
  if (answer.stopReason === 'content-filter')
    throw new AnswerError({
      code: 'MODEL_CONTENT_FILTERED',
      message: `The provider withheld the answer of step "${step.path}"${detail}`,
      hint: `${showStep(step.path)} shows what was sent.`,
    });
  if (answer.stopReason === 'context-overflow')
    throw new ModelError({
      code: 'MODEL_CONTEXT_OVERFLOW',
      message: `The conversation of step "${step.path}" fills the model's context window.`,
      hint: 'Lower limits.toolResultBytes, split the step with forEach, or choose a model with a larger window.',
    });
  if (answer.stopReason === 'length' && toolCallsOf(answer.message).length === 0)
    throw new AnswerError({
      code: 'ANSWER_TRUNCATED',
      message: `The answer of step "${step.path}" was cut off by its output limit.`,
      hint: 'Raise settings.maxOutputTokens, or ask for less at once (forEach).',
    });
}

async function checked(step: StepContext, request: PromptRequest, answer: Answer): Promise<Verdict> {
  const verdict = await checkAnswer(textOf(answer.message), request, step.run.services.schemas);
  if (request.contract)
    emit(step.run, {
      type: 'answer-checked',
      at: step.run.services.clock.now(),
      step: step.path,
      turn: step.meter.turns,
      accepted: verdict.accepted,
      ...(!verdict.accepted && { issues: verdict.issues }),
    });
  return verdict;
}

function repairExhausted(step: StepContext, request: PromptRequest, issues: readonly string[]): AnswerError {
  const shown = issues.slice(0, 5).join('; ');
  return new AnswerError({
    code: 'ANSWER_BREAKS_CONTRACT',
    message: `The answer of step "${step.path}" breaks its contract (${request.contract?.source ?? 'response'}) after ${step.limits.repairs} repair rounds: ${shown}`,
    hint: `${showStep(step.path)} shows each answer. Mend the prompt or the contract, or try another model.`,
    details: { issues },
  });
}

function result(step: StepContext, answer: Answer, response: Json): StepResult {
  return {
    response,
    text: textOf(answer.message),
    stopReason: 'end',
    usage: step.meter.usage,
    costUsd: step.meter.costUsd,
    turns: step.meter.turns,
    toolCalls: step.meter.toolCalls,
  };
}
