import type { Json } from '../../domain/json.ts';
import type { ResponseContract } from '../../domain/loaded-workflow.ts';
import { type Message, textOf, toolCallsOf } from '../../domain/message.ts';
import type { ModelSettings } from '../../domain/model.ts';
import { modelPosition, type Position } from '../../domain/position.ts';
import type { StepResult } from '../../domain/result.ts';
import { AnswerError } from '../../errors/index.ts';
import type { ModelClient } from '../../ports/model-client.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import { leadsOn } from '../journal/leads-on.ts';
import { emit, throwIfAborted } from '../runs/run-context.ts';
import { showStep } from '../steps/show-hint.ts';
import type { StepContext } from '../steps/step-context.ts';
import { type Answer, callModel } from './call-model.ts';
import { checkAnswer, type Demand, repairRequest, type Verdict } from './check-answer.ts';
import { type Conversation, join, startConversation } from './conversation.ts';
import { type PromptFrame, storeFrame } from './prompt-frame.ts';
import { refuseCutCalls, runToolCalls, type ToolBox } from './run-tool-calls.ts';

export interface PromptRequest {
  readonly messages: readonly Message[];
  readonly tools: readonly CallableTool[];
  readonly client: ModelClient;
  /** The model of a call that is in the log: a conversation may go on with another one. */
  readonly recordedAt?: (position: Position) => ModelClient | undefined;
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
    const answer = await callModel(step, box, conversation);
    if (answer.stopReason === 'pause') continue;
    if (await answeredCalls(step, box, { answer, conversation })) continue;
    const verdict = await checked(step, request, answer);
    if (verdict.accepted) return result(step, answer, verdict.response);
    if (answer.edited) requireNoRepair(step, request, { answer, verdict });
    if (++repairs > step.limits.repairs) repairs = roundsAnew(step, request, { answer, verdict });
    const content = [{ type: 'text', text: repairRequest(verdict.issues) }] as const;
    join(step.run.services, conversation, { role: 'user', content });
  }
}

/** What a person wrote is not for the model to write anew; a log in which that was done is followed all the same. */
function requireNoRepair(
  step: StepContext,
  request: PromptRequest,
  { answer, verdict }: { readonly answer: Answer; readonly verdict: Verdict & { readonly accepted: false } },
): void {
  if (step.run.journal.holds(modelPosition(step.path, step.meter.turns + 1, 1))) return;
  const { issues } = verdict;
  throw new AnswerError({
    code: 'ANSWER_BREAKS_CONTRACT',
    message: `The edited answer of step "${step.path}" (${answer.position}) breaks its contract (${request.contract?.source ?? 'response'}): ${issues.slice(0, 5).join('; ')}`,
    hint: 'Mend the text that --edit-result names, and fork again.',
    details: { issues },
  });
}

/** The recorded run's rounds are used up; a run that goes on has its own before it. */
function roundsAnew(
  step: StepContext,
  request: PromptRequest,
  { answer, verdict }: { readonly answer: Answer; readonly verdict: Verdict & { readonly accepted: false } },
): number {
  const next = modelPosition(step.path, step.meter.turns + 1, 1);
  if (leadsOn(step, answer.position, next)) return 1;
  throw repairExhausted(step, request, verdict.issues);
}

function openToolBox(step: StepContext, request: PromptRequest): ToolBox {
  const { recordedAt, contract, settings } = request;
  const tools = request.tools.map((tool) => tool.definition);
  const frameOf = (client: ModelClient): PromptFrame =>
    storeFrame(step, { client, tools, settings, ...(contract && { contract }) });
  const frame = frameOf(request.client);
  const recorded = new Map<ModelClient, PromptFrame>();
  const frameAt = (position: Position): PromptFrame | undefined => {
    const client = recordedAt?.(position);
    if (!client) return undefined;
    const known = recorded.get(client) ?? frameOf(client);
    recorded.set(client, known);
    return known;
  };
  return {
    frame,
    frameAt,
    tools: new Map(request.tools.map((tool) => [tool.definition.name, tool])),
  };
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
