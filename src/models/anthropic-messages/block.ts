import type { Json, JsonObject } from '../../domain/json.ts';
import type { AssistantPart, NativeItem } from '../../domain/message.ts';
import type { ToolNames } from '../wire/tool-names.ts';
import { parsedInput } from './messages.ts';

/** One content block, put together from its start and its deltas. */
export class Block {
  readonly #fields: Record<string, Json | undefined>;
  /** The text of the input as it was written: the SDK's own reading of it turns a broken one into `{}`. */
  #inputText = '';

  constructor(start: JsonObject) {
    this.#fields = { ...start };
  }

  /** A block of an answer that came in one piece. */
  static whole(block: JsonObject): Block {
    const whole = new Block(block);
    if ('input' in block) whole.#inputText = JSON.stringify(block['input']);
    return whole;
  }

  add(delta: JsonObject): void {
    const { type, ...fields } = delta;
    if (type === 'input_json_delta') {
      this.#inputText += String(fields['partial_json'] ?? '');
    } else if (type === 'citations_delta') {
      const before = this.#fields['citations'];
      this.#fields['citations'] = [...(Array.isArray(before) ? before : []), fields['citation'] ?? null];
    } else {
      this.#append(fields);
    }
  }

  part(names: ToolNames): AssistantPart {
    const { type } = this.#fields;
    if (type === 'text') return this.#text();
    if (type === 'thinking')
      return { type: 'reasoning', text: this.#string('thinking'), native: this.#native() };
    if (type === 'redacted_thinking') return { type: 'reasoning', text: '', native: this.#native() };
    return type === 'tool_use' ? this.#toolCall(names) : { type: 'provider', native: this.#native() };
  }

  /** `text`, `thinking` and `signature` deltas name the field that they go on with; later kinds do it alike. */
  #append(fields: JsonObject): void {
    for (const [name, value] of Object.entries(fields)) {
      const before = this.#fields[name];
      this.#fields[name] = typeof value === 'string' && typeof before === 'string' ? before + value : value;
    }
  }

  #text(): AssistantPart {
    const plain = { type: 'text', text: this.#string('text') } as const;
    return this.#hasMoreThan(['type', 'text']) ? { ...plain, native: this.#native() } : plain;
  }

  #toolCall(names: ToolNames): AssistantPart {
    return {
      type: 'tool-call',
      callId: this.#string('id'),
      name: names.toOurs(this.#string('name')),
      // No delta at all is how the API spells an input without fields.
      argumentsText: this.#inputText || '{}',
      ...(this.#hasMoreThan(['type', 'id', 'name', 'input']) && { native: this.#native() }),
    };
  }

  #native(): NativeItem {
    const input = this.#inputText === '' ? undefined : (parsedInput(this.#inputText) ?? {});
    return {
      api: 'anthropic.messages',
      item: { ...this.#fields, ...(input && { input }) },
    };
  }

  /** The item is kept only when it says more than the neutral fields: the log need not hold everything twice. */
  #hasMoreThan(neutral: readonly string[]): boolean {
    return Object.entries(this.#fields).some(
      ([name, value]) =>
        !neutral.includes(name) && value !== null && value !== undefined && !isEmptyList(value),
    );
  }

  #string(name: string): string {
    const value = this.#fields[name];
    return typeof value === 'string' ? value : '';
  }
}

function isEmptyList(value: Json): boolean {
  return Array.isArray(value) && value.length === 0;
}
