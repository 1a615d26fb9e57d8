import { conversationOf } from '../../domain/added-messages.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json, JsonObject, JsonSchema } from '../../domain/json.ts';
import type { Message } from '../../domain/message.ts';
import type { ModelSettings } from '../../domain/model.ts';
import type { ToolDefinition } from '../../domain/tool.ts';
import type { CallState } from '../../engine/runs/fold-run.ts';
import { callsOf, type RunSource } from './run-source.ts';

/** A model call's request, put together again from what the log holds of it: to the letter what was asked. */
export interface LoggedModelRequest {
  readonly model: string;
  readonly settings: ModelSettings;
  readonly tools: readonly ToolDefinition[];
  readonly outputName?: string;
  readonly output?: JsonSchema;
  readonly messages: readonly Message[];
}

export interface LoggedToolRequest {
  readonly tool: string;
  readonly definition: ToolDefinition;
  readonly arguments: JsonObject;
}

interface Frame {
  readonly model: string;
  readonly settings: ModelSettings;
  readonly tools: readonly Hash[];
  readonly output?: Hash;
  readonly outputName?: string;
}

export function modelRequestOf(source: RunSource, call: CallState): LoggedModelRequest {
  const { output, outputName, tools, ...frame } = source.json<Frame>(call.begun.request, (note) => ({
    model: note,
    settings: {},
    tools: [],
  }));
  return {
    ...frame,
    tools: tools.map((hash) => definitionOf(source, hash)),
    ...(output !== undefined && {
      output: source.json<JsonSchema>(output, (note) => ({ description: note })),
    }),
    ...(outputName !== undefined && { outputName }),
    messages: messagesUntil(source, call),
  };
}

export function toolRequestOf(source: RunSource, call: CallState): LoggedToolRequest {
  const stored = source.json<StoredToolRequest>(call.begun.request, (note) => ({
    tool: call.begun.name,
    arguments: { redacted: note },
  }));
  const { definition } = stored;
  return {
    ...stored,
    definition: definition === undefined ? unknownTool(stored.tool) : definitionOf(source, definition),
  };
}

interface StoredToolRequest {
  readonly tool: string;
  /** Absent when the request was redacted: it alone named it. */
  readonly definition?: Hash;
  readonly arguments: JsonObject;
}

function definitionOf(source: RunSource, hash: Hash): ToolDefinition {
  return source.json<ToolDefinition>(hash, unknownTool);
}

const unknownTool = (note: string): ToolDefinition => ({
  name: note,
  description: note,
  inputSchema: {},
  effect: 'irreversible',
});

export function addedMessages(source: RunSource, call: CallState): Message[] {
  return (call.begun.added ?? []).map((hash) => messageUnder(source, hash));
}

function messageUnder(source: RunSource, hash: Hash): Message {
  // Whose message it was went with its text.
  return source.json<Message>(hash, (note) => ({ role: 'user', content: [{ type: 'text', text: note }] }));
}

/** A conversation is what every model call of the step added, up to this one. */
function messagesUntil(source: RunSource, call: CallState): Message[] {
  const calls = callsOf(source.run, call.step)
    .filter((one) => one.begun.call === 'model' && one.number <= call.number)
    .map(({ begun }) => begun);
  return conversationOf(calls).map((hash) => messageUnder(source, hash));
}

export const resultOf = (source: RunSource, call: CallState): Json | undefined =>
  call.ended?.result === undefined ? undefined : source.json(call.ended.result, (note) => note);
