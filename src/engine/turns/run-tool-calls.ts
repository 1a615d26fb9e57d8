import type { ToolCallPart } from '../../domain/message.ts';
import { type Position, toolPosition } from '../../domain/position.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import type { StepContext } from '../steps/step-context.ts';
import { callTool } from './call-tool.ts';
import { type Conversation, joinStored, type StoredMessage, storeMessage } from './conversation.ts';
import type { PromptFrame } from './prompt-frame.ts';
import { checkToolCall } from './tool-arguments.ts';

export interface ToolBox {
  readonly frame: PromptFrame;
  /** Of a call that is in the log: it may have been made with another model. */
  readonly frameAt: (position: Position) => PromptFrame | undefined;
  readonly tools: ReadonlyMap<string, CallableTool>;
}

/**
 * The tool calls of one turn: in parallel, answered in the order in which the model asked. A call that cannot be
 * made, and a tool's own error, go back to the model and count against `limits.toolErrors`.
 */
export async function runToolCalls(
  step: StepContext,
  box: ToolBox,
  { calls, conversation }: { readonly calls: readonly ToolCallPart[]; readonly conversation: Conversation },
): Promise<void> {
  step.meter.beginToolCalls(calls.length);
  const settled = await Promise.allSettled(calls.map((call, index) => runOne(step, box, { call, index })));
  // Every call is waited for before a failure leaves the step: an end that nobody waits for would be missing in the log.
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
  for (const outcome of settled) {
    if (outcome.status !== 'fulfilled') continue;
    joinStored(step.run.services, conversation, outcome.value);
    if (outcome.value.message.role === 'tool' && outcome.value.message.isError) step.meter.countToolError();
  }
}

async function runOne(
  step: StepContext,
  box: ToolBox,
  { call, index }: { readonly call: ToolCallPart; readonly index: number },
): Promise<StoredMessage> {
  const checked = checkToolCall(call, box.tools, step.run.services.schemas);
  if (!checked.ok) return problemResult(step, call, checked.problem);
  const definition = box.frame.toolHashes.get(call.name);
  const made = {
    position: toolPosition(step.path, step.meter.turns, index + 1),
    callId: call.callId,
    tool: checked.tool,
    args: checked.args,
    ...(definition !== undefined && { definition }),
  };
  return callTool(step, made, ({ shown }) => shown);
}

/** Answers calls that were not made, because the model's answer was cut off in the middle of them. */
export function refuseCutCalls(
  step: StepContext,
  calls: readonly ToolCallPart[],
  conversation: Conversation,
): void {
  const problem =
    'The call was not made: your answer was cut off by its output limit, so the arguments may be incomplete. Make it again, with shorter arguments or fewer calls at once.';
  for (const call of calls) {
    joinStored(step.run.services, conversation, problemResult(step, call, problem));
    step.meter.countToolError();
  }
}

function problemResult(step: StepContext, call: ToolCallPart, problem: string): StoredMessage {
  const message = {
    role: 'tool',
    callId: call.callId,
    name: call.name,
    content: [{ type: 'text', text: problem }],
    isError: true,
  } as const;
  return { message, ...storeMessage(step.run.services, message) };
}
