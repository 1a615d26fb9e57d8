import type { CallBegun } from './events.ts';
import type { Hash } from './hash.ts';
import type { Json, JsonObject } from './json.ts';
import type { Message } from './message.ts';
import type { ToolDefinition } from './tool.ts';

/**
 * A text of a request, canonical JSON mostly. `text` is absent when the log does not hold it any more (redacted, or
 * lost); then only the hash tells whether two are the same.
 */
export interface RequestText {
  readonly hash?: Hash;
  readonly text?: string;
}

/** Everything that decides what a call is answered: what its fingerprint is made of, taken apart. */
export type RequestParts = ModelRequestParts | ToolRequestParts;

export interface ModelRequestParts {
  readonly call: 'model';
  /** Of the logged request, when it has one. */
  readonly hash?: Hash;
  /** `openai:gpt-6-sol`: the model in the frame; the name of the call when there is no frame. */
  readonly name: string;
  /** Absent when the frame's text is not in the log. */
  readonly frame?: FrameParts;
  /** The messages that joined the conversation with this call, oldest first. */
  readonly added: readonly RequestText[];
  /** How many messages the conversation had before them. */
  readonly messagesBefore: number;
}

export interface FrameParts {
  readonly settings: JsonObject;
  readonly contract?: RequestText;
  readonly contractName?: string;
  /** Definitions by the tool's name, in the order in which they are offered. */
  readonly tools: ReadonlyMap<string, RequestText>;
}

export interface ToolRequestParts {
  readonly call: 'tool';
  /** Of the logged request, when it has one. */
  readonly hash?: Hash;
  /** `lake.ingest`. */
  readonly name: string;
  readonly definition?: RequestText;
  /** Absent when the request's text is not in the log. */
  readonly arguments?: JsonObject;
}

interface RequestSource {
  /** The text under a hash, or undefined when it is not there. */
  readonly load: (hash: Hash) => string | undefined;
  /** Model calls: the messages that earlier calls of the step have added. */
  readonly messagesBefore?: number;
}

/** The request of a call as the log holds it, as far as its texts are there. */
export function requestOfCall(
  call: Pick<CallBegun, 'call' | 'name' | 'request' | 'added'>,
  source: RequestSource,
): RequestParts {
  return call.call === 'model' ? modelRequest(call, source) : toolRequest(call, source);
}

/** What a model call's `request` holds. */
interface StoredFrame {
  readonly model?: string;
  readonly settings?: JsonObject;
  readonly tools?: readonly Hash[];
  readonly output?: Hash;
  readonly outputName?: string;
}

type LoggedCall = Parameters<typeof requestOfCall>[0];

function modelRequest(
  { name, request, added = [] }: LoggedCall,
  { load, messagesBefore = 0 }: RequestSource,
): ModelRequestParts {
  const frame = parsed<StoredFrame>(load(request));
  return {
    call: 'model',
    hash: request,
    // Not the call's name: a recording answers requests that were made for another model.
    name: frame?.model ?? name,
    ...(frame && { frame: framePartsOf(frame, load) }),
    added: added.map((hash) => textUnder(hash, load)),
    messagesBefore,
  };
}

function framePartsOf(
  { settings = {}, tools = [], output, outputName }: StoredFrame,
  load: RequestSource['load'],
): FrameParts {
  return {
    settings,
    ...(output !== undefined && { contract: textUnder(output, load) }),
    ...(outputName !== undefined && { contractName: outputName }),
    tools: new Map(
      tools.map((hash) => {
        const text = textUnder(hash, load);
        return [parsed<ToolDefinition>(text.text)?.name ?? `(${hash.slice(0, 12)})`, text];
      }),
    ),
  };
}

interface StoredToolRequest {
  readonly tool: string;
  readonly definition: Hash;
  readonly arguments: JsonObject;
}

function toolRequest({ name, request }: LoggedCall, { load }: RequestSource): ToolRequestParts {
  const stored = parsed<StoredToolRequest>(load(request));
  if (!stored) return { call: 'tool', hash: request, name };
  return {
    call: 'tool',
    hash: request,
    name: stored.tool,
    definition: textUnder(stored.definition, load),
    arguments: stored.arguments,
  };
}

function textUnder(hash: Hash, load: RequestSource['load']): RequestText {
  const text = load(hash);
  return text === undefined ? { hash } : { hash, text };
}

// The log's own texts: their shape is what the program wrote. One that a redaction has replaced is no JSON any more.
function parsed<Shape>(text: string | undefined): Shape | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Shape;
  } catch {
    return undefined;
  }
}

/** The message that a text is, when it is one. */
export function messageIn({ text }: RequestText): Message | undefined {
  const value = parsed<Json>(text);
  return typeof value === 'object' && value !== null && 'role' in value
    ? (value as unknown as Message)
    : undefined;
}
