import { parse } from 'yaml';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { AssistantMessage } from '../../../src/domain/message.ts';
import type { ModelRequest } from '../../../src/domain/model.ts';

/** What a scripted model sees of a request, and how it answers. */

export interface Place {
  /** Id of the innermost step. */
  readonly step: string;
  /** 1 for the first answer of the step. */
  readonly turn: number;
}

/** `mapping[2]/m3` and `loads[1]/files[0]/heal/m3` are third turns, of `mapping` and of `heal`. */
export function placeOf(position: string): Place {
  const match = /(?:^|\/)([a-z_]+)(?:\[\d+\])?(?:[!~]\d+)*\/m(\d+)/.exec(position);
  if (!match?.[1]) throw new Error(`The script has no answer at ${position}.`);
  return { step: match[1], turn: Number(match[2]) };
}

export type ToolCall = readonly [name: string, args: JsonObject];

export function askTools(position: string, calls: readonly ToolCall[], text?: string): AssistantMessage {
  return {
    role: 'assistant',
    parts: [
      ...(text === undefined ? [] : [{ type: 'text', text } as const]),
      ...calls.map(
        ([name, args], index) =>
          ({
            type: 'tool-call',
            callId: `call_${position}_${index + 1}`,
            name,
            argumentsText: canonicalJson(args),
          }) as const,
      ),
    ],
  };
}

export function answerJson(value: Json): AssistantMessage {
  return { role: 'assistant', parts: [{ type: 'text', text: canonicalJson(value) }] };
}

/** The results of one tool so far, oldest first. Throws when one of them is an error: a good script makes none. */
export function resultsOf(request: ModelRequest, tool: string): JsonObject[] {
  return request.messages.flatMap((message) => {
    if (message.role !== 'tool' || message.name !== tool) return [];
    const text = message.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
    if (message.isError) throw new Error(`${tool} failed in the scripted run: ${text}`);
    return [JSON.parse(withoutFences(text)) as JsonObject];
  });
}

export function userText(request: ModelRequest): string {
  const message = request.messages.find(({ role }) => role === 'user');
  const parts = message?.role === 'user' ? message.content : [];
  return withoutFences(parts.map((part) => (part.type === 'text' ? part.text : '')).join(''));
}

/** A section of the prompt that holds YAML, from its heading to the next one. */
export function yamlSection(request: ModelRequest, heading: string): unknown {
  const text = userText(request);
  const start = text.indexOf(`## ${heading}\n`);
  if (start < 0) throw new Error(`The prompt has no section "${heading}".`);
  const body = text.slice(start).split('\n').slice(1).join('\n').split(/^## /m)[0] ?? '';
  return parse(body.replace(/^This comes .*\n|^These come .*\n/m, ''));
}

function withoutFences(text: string): string {
  return text.replace(/<\/?data id="[0-9a-f]{8}">/g, '');
}
