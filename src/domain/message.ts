import type { Json } from './json.ts';

/** The wire format that a provider item belongs to. */
export type ModelApi = 'openai.responses' | 'openai.chat' | 'anthropic.messages' | 'recorded' | 'scripted';

/**
 * A provider's own item, kept to the letter. It goes back unchanged to the same API (signed reasoning, item
 * ids, server-side tool blocks); another API gets the neutral fields beside it, or nothing.
 */
export interface NativeItem {
  readonly api: ModelApi;
  readonly item: Json;
}

export type TextPart = { readonly type: 'text'; readonly text: string; readonly native?: NativeItem };
/** What the model thought, as far as the provider shows it. `text` may be empty (encrypted or redacted). */
export type ReasoningPart = {
  readonly type: 'reasoning';
  readonly text: string;
  readonly native?: NativeItem;
};
export type ToolCallPart = {
  readonly type: 'tool-call';
  readonly callId: string;
  /** The tool's name in our words (`files.read_text_file`), not the provider's spelling of it. */
  readonly name: string;
  /** Exactly what the model wrote. It may be no JSON at all: parse it, never trust it. */
  readonly argumentsText: string;
  readonly native?: NativeItem;
};
/** A block that only the provider understands (server-side search, code execution): carried, never read. */
export type ProviderPart = { readonly type: 'provider'; readonly native: NativeItem };
export type AssistantPart = TextPart | ReasoningPart | ToolCallPart | ProviderPart;

export type MediaPart = {
  readonly type: 'media';
  readonly mediaType: string;
  readonly dataBase64?: string;
  readonly url?: string;
};
export type ContentPart = { readonly type: 'text'; readonly text: string } | MediaPart;

export type SystemMessage = { readonly role: 'system'; readonly text: string };
export type UserMessage = { readonly role: 'user'; readonly content: readonly ContentPart[] };
export type AssistantMessage = { readonly role: 'assistant'; readonly parts: readonly AssistantPart[] };
export type ToolMessage = {
  readonly role: 'tool';
  readonly callId: string;
  readonly name: string;
  readonly content: readonly ContentPart[];
  readonly isError: boolean;
};

/** Messages are immutable values: one is serialised and hashed once, when it is born. */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export function textOf(message: AssistantMessage): string {
  return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

export function toolCallsOf(message: AssistantMessage): ToolCallPart[] {
  return message.parts.filter((part) => part.type === 'tool-call');
}
