import type { AssistantPart, Message, ModelApi } from '../../domain/message.ts';
import type { ModelClient } from '../../ports/model-client.ts';
import { emit } from '../runs/run-context.ts';
import type { StepContext } from '../steps/step-context.ts';
import type { Conversation } from './conversation.ts';

/**
 * Says in the log what a conversation loses when it goes on with a model of another API: signed reasoning and server-side
 * blocks mean nothing there and are left out, texts and tool calls go on by their neutral fields. Once for each
 * conversation and API: the messages are counted, and counting them at every turn would cost more from turn to turn.
 */
export function tellAdapted(
  step: StepContext,
  { id, api }: Pick<ModelClient, 'id' | 'api'>,
  conversation: Conversation,
): void {
  if (api === undefined || conversation.adaptedTo === api) return;
  conversation.adaptedTo = api;
  const foreign = foreignParts(conversation.messages, api);
  if (foreign.length === 0) return;
  const dropped = foreign.filter(({ type }) => type === 'reasoning' || type === 'provider').length;
  const apis = new Set(foreign.map(({ native }) => native?.api));
  emit(step.run, {
    type: 'history-adapted',
    at: step.run.services.clock.now(),
    step: step.path,
    turn: step.meter.turns,
    from: conversation.ledBy ?? [...apis].join(', '),
    to: id,
    dropped,
    converted: foreign.length - dropped,
  });
}

const foreignParts = (messages: readonly Message[], api: ModelApi): AssistantPart[] =>
  messages.flatMap((message) =>
    message.role === 'assistant'
      ? message.parts.filter(({ native }) => native !== undefined && native.api !== api)
      : [],
  );
