import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import type { Message, ModelApi } from '../../domain/message.ts';
import { countCharacters } from '../../domain/worst-case.ts';
import type { EngineServices } from '../runs/services.ts';

/**
 * The messages of one step. Each is serialised and hashed once, when it joins. `tip` is a hash over the whole
 * conversation that grows by one hash per message, so a request's fingerprint costs the same at turn 200 as at turn 2.
 */
export interface Conversation {
  readonly messages: Message[];
  /** Hashes of the messages that no model call has sent yet. */
  added: Hash[];
  tip: Hash;
  /** The canonical messages as `countCharacters` counts them: what a reservation is made of. */
  characters: number;
  /** The model that answered last. */
  ledBy?: string;
  /** The API that it went on with, once the log says what that did to its messages. */
  adaptedTo?: ModelApi;
}

export function startConversation(services: EngineServices, messages: readonly Message[]): Conversation {
  const conversation: Conversation = { messages: [], added: [], tip: '', characters: 0 };
  for (const message of messages) join(services, conversation, message);
  return conversation;
}

/** Adds a message and returns its hash in the log. */
export function join(services: EngineServices, conversation: Conversation, message: Message): Hash {
  return joinStored(services, conversation, { message, ...storeMessage(services, message) });
}

export interface StoredMessage {
  readonly message: Message;
  readonly hash: Hash;
  readonly characters: number;
}

/** Adds a message whose text is in the log already (a tool's result, an answer): it is not serialised again. */
export function joinStored(
  services: EngineServices,
  conversation: Conversation,
  stored: StoredMessage,
): Hash {
  conversation.messages.push(stored.message);
  conversation.added.push(stored.hash);
  conversation.tip = services.hash(`${conversation.tip}\n${stored.hash}`);
  conversation.characters += stored.characters;
  return stored.hash;
}

export function storeMessage(
  services: EngineServices,
  message: Message,
): { readonly hash: Hash; readonly characters: number } {
  // Messages hold JSON and optional fields only; the cast says so where the compiler cannot see it.
  const text = canonicalJson(message as unknown as Json);
  return { hash: services.log.store(text), characters: countCharacters(text) };
}

/** The hashes that the next model call has to log, once. */
export function takeAdded(conversation: Conversation): readonly Hash[] {
  const added = conversation.added;
  conversation.added = [];
  return added;
}
