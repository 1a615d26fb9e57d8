import type { Json } from '../../domain/json.ts';

/**
 * What servers that call themselves OpenAI-compatible really send: the SDK's types with everything optional, and
 * with the fields that OpenAI itself does not have.
 */
export interface ChatEvent {
  readonly id?: string;
  readonly model?: string;
  readonly choices?: readonly {
    readonly delta?: ChatDelta;
    readonly finish_reason?: string | null | undefined;
  }[];
  readonly usage?: ChatUsage | null;
}

/** The answer of a server that was asked to stream and did not. */
export interface ChatAnswer {
  readonly id?: string;
  readonly model?: string;
  readonly choices?: readonly { readonly message?: ChatDelta; readonly finish_reason?: string | null }[];
  readonly usage?: ChatUsage | null;
}

export interface ChatDelta {
  readonly content?: string | readonly { readonly type?: string; readonly text?: string }[] | null;
  readonly refusal?: string | null;
  readonly reasoning_content?: string | null;
  readonly reasoning?: string | null;
  readonly reasoning_details?: readonly Json[];
  readonly tool_calls?: readonly ToolCallPiece[] | null;
}

export interface ToolCallPiece {
  readonly index?: number;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: string | Json | null };
  /** Fields of their own (`extra_content` holds Gemini's thought signatures) must come back with the call. */
  readonly [extra: string]: unknown;
}

export interface ChatUsage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: number;
    readonly cache_write_tokens?: number;
  } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null;
  /** DeepSeek's name for `cached_tokens`. */
  readonly prompt_cache_hit_tokens?: number;
}

/** Content is a string, or with some servers a list of parts. */
export function plainText(content: ChatDelta['content']): string {
  if (typeof content === 'string') return content;
  return content?.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('') ?? '';
}
