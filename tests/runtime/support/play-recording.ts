import type { Json } from '../../../src/domain/json.ts';
import { effectiveLimits } from '../../../src/domain/limits.ts';
import { type Message, type ToolCallPart, textOf, toolCallsOf } from '../../../src/domain/message.ts';
import type { StepResult } from '../../../src/domain/result.ts';
import type { Journal } from '../../../src/engine/journal/journal.ts';
import { recordRun } from '../../../src/engine/runs/record-run.ts';
import { emit, type RunContext } from '../../../src/engine/runs/run-context.ts';
import type { Lineage } from '../../../src/engine/runs/run-workflow.ts';
import type { EngineServices } from '../../../src/engine/runs/services.ts';
import { clientsOfStep } from '../../../src/engine/steps/clients-of-step.ts';
import { recordEnd } from '../../../src/engine/steps/record-step.ts';
import { type StepContext, withStep } from '../../../src/engine/steps/step-context.ts';
import { callModel } from '../../../src/engine/turns/call-model.ts';
import { join, startConversation } from '../../../src/engine/turns/conversation.ts';
import { storeFrame } from '../../../src/engine/turns/prompt-frame.ts';
import { runToolCalls } from '../../../src/engine/turns/run-tool-calls.ts';
import { ModelError } from '../../../src/errors/index.ts';
import type { ModelClient } from '../../../src/ports/model-client.ts';
import type { CallableTool } from '../../../src/ports/tool-source.ts';
import { type Interaction, loadReplay, recordingPath } from '../../models/support/shared-material.ts';
import {
  newUserMessages,
  outputOf,
  systemOf,
  toolResults,
  toolsOf,
} from '../../models/support/wire-to-messages.ts';

/** One recorded conversation with a provider: what was sent, call by call. */
export interface Conversation {
  readonly api: string;
  readonly model: string;
  readonly steps: readonly Interaction[];
}

export interface Recording {
  readonly name: string;
  readonly conversations: readonly Conversation[];
  readonly results: ReturnType<typeof toolResults>;
  readonly traffic: Awaited<ReturnType<Awaited<ReturnType<typeof loadReplay>>['loadRecording']>>;
}

export async function readRecording(name: string): Promise<Recording> {
  const { loadRecording, scenarioOf } = await loadReplay();
  const traffic = loadRecording([recordingPath(name)]);
  const conversations = scenarioOf(traffic).conversations.map(({ requests }) => {
    const steps = requests.flatMap((n) => traffic.interactions[n - 1] ?? []);
    const [first] = steps;
    return { api: first?.api ?? '', model: String(first?.request.body.model), steps };
  });
  const results = toolResults(traffic.interactions.map(({ request }) => request.body));
  return { name, conversations, results, traffic };
}

export interface Play {
  readonly recording: Recording;
  /** The model's name for a conversation. */
  readonly modelOf: (conversation: Conversation) => string;
  readonly past?: { readonly journal: Journal; readonly lineage: Lineage };
}

/** The recording as a run of the engine: each conversation is a step, whose user speaks when the recorded one did. */
export function playRecording(
  services: EngineServices,
  { recording, modelOf, past }: Play,
): Promise<string[]> {
  const start = {
    workflowId: recording.name,
    params: {},
    ...(past && { journal: past.journal }),
    ...past?.lineage,
  };
  return recordRun(services, start, async (run) => {
    const texts: string[] = [];
    for (const [index, conversation] of recording.conversations.entries()) {
      const path = `c${index + 1}`;
      const model = modelOf(conversation);
      emit(run, { type: 'step-started', at: services.clock.now(), step: path, kind: 'prompt', model });
      const result = await recordEnd(run, path, () => playOne(run, path, { recording, conversation, model }));
      texts.push(result.text);
    }
    return { value: texts, result: texts };
  });
}

interface One {
  readonly recording: Recording;
  readonly conversation: Conversation;
  readonly model: string;
}

async function playOne(
  run: RunContext,
  path: string,
  { recording, conversation, model }: One,
): Promise<StepResult> {
  const clients = await clientsOfStep(run, path, model);
  return withStep(run, { path, limits: effectiveLimits({ modelRetries: 0 }) }, async (step) => {
    const [first, ...rest] = conversation.steps.map(({ request }) => request.body);
    const asked: { calls: readonly ToolCallPart[] } = { calls: [] };
    const tools = toolsOf(first).map(
      (definition): CallableTool => ({
        definition,
        // `<run>/c1/t2.3`: the third call of the turn.
        call: async (_, { idempotencyKey }) => {
          const call = asked.calls[Number(/\.(\d+)$/.exec(idempotencyKey)?.[1]) - 1];
          const { content = [], isError = false } = (call && resultOf(recording, call)) ?? {};
          return { content, isError };
        },
      }),
    );
    const output = outputOf(first);
    const frameOf = (client: ModelClient) =>
      storeFrame(step, {
        client,
        tools: tools.map(({ definition }) => definition),
        settings: {},
        ...(output && { contract: { ...output, source: 'recorded' } }),
      });
    const frameAt = (position: string) => {
      const recorded = clients.recordedAt?.(position);
      return recorded && frameOf(recorded);
    };
    const offered = new Map(tools.map((tool) => [tool.definition.name, tool]));
    const box = { frame: frameOf(clients.client), frameAt, tools: offered };
    const messages: Message[] = [...systemOf(first), ...newUserMessages(first)];
    const heard = startConversation(run.services, messages);
    const turn = async (): Promise<string> => {
      const { message } = await callModel(step, box, heard);
      asked.calls = toolCallsOf(message).filter((call) => resultOf(recording, call) !== undefined);
      await runToolCalls(step, box, { calls: asked.calls, conversation: heard });
      return textOf(message);
    };
    let text = await orFailure(turn);
    for (const body of rest) {
      for (const message of newUserMessages(body)) join(run.services, heard, message);
      text = await orFailure(turn);
    }
    return resultOfStep(step, text);
  });
}

/** Some recordings end with a refusal of the provider: that is how they come out. */
async function orFailure(turn: () => Promise<string>): Promise<string> {
  try {
    return await turn();
  } catch (error) {
    // Met again in a replay it is no ModelError, but has its code.
    if (error instanceof ModelError || (error as { code?: string }).code?.startsWith('MODEL_'))
      return String((error as { code?: string }).code);
    throw error;
  }
}

function resultOfStep(step: StepContext, text: string): StepResult {
  const { usage, costUsd, turns, toolCalls } = step.meter;
  return { response: text as Json, text, stopReason: 'end', usage, costUsd, turns, toolCalls };
}

/** One of the recorded clients answered with the item's id in place of the call's. */
function resultOf({ results }: Recording, call: ToolCallPart) {
  const item = call.native?.item as { id?: string } | undefined;
  return results.get(call.callId) ?? results.get(item?.id ?? '');
}
