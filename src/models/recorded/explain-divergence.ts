import { hash } from 'node:crypto';
import { conversationOf } from '../../domain/added-messages.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { describeDifference } from '../../domain/describe-difference.ts';
import type { CallBegun } from '../../domain/events.ts';
import type { Json } from '../../domain/json.ts';
import type { ModelRequest } from '../../domain/model.ts';
import { stepOfPosition } from '../../domain/position.ts';
import { requestDifferences } from '../../domain/request-difference.ts';
import {
  type ModelRequestParts,
  type RequestParts,
  type RequestText,
  requestOfCall,
} from '../../domain/request-parts.ts';
import type { RunExport } from '../../domain/run-export.ts';

/** In words, which parts of a request are not as the recorded one had them; empty when that cannot be told. */
export function explainDivergence(
  recording: RunExport,
  begun: CallBegun,
  request: ModelRequest,
): readonly string[] {
  const messagesBefore = messagesUntil(recording, begun);
  const load = (wanted: string) => recording.blobs.get(wanted);
  const recorded = requestOfCall(begun, { load, messagesBefore });
  return requestDifferences(recorded, partsOf(request, recorded, messagesBefore)).map(describeDifference);
}

/** What earlier calls of the step sent. They were answered, so the new request begins with the same messages. */
function messagesUntil({ events }: RunExport, begun: CallBegun): number {
  const step = stepOfPosition(begun.position);
  const calls: CallBegun[] = [];
  for (const { event } of events) {
    if (event.type === 'call-begun' && stepOfPosition(event.position) === step) calls.push(event);
    if (event === begun) break;
  }
  return conversationOf(calls).length - (begun.added?.length ?? 0);
}

function partsOf(request: ModelRequest, recorded: RequestParts, messagesBefore: number): ModelRequestParts {
  const { messages, output, settings, tools } = request;
  return {
    call: 'model',
    // A recording is asked in the name of the model that it recorded: another one is no difference.
    name: recorded.name,
    frame: {
      settings: JSON.parse(canonicalJson(settings as Json)),
      ...(output && { contract: textOf(output.schema), contractName: output.name }),
      tools: new Map(tools.map((tool) => [tool.name, textOf(tool)])),
    },
    added: messages.slice(messagesBefore).map(textOf),
    messagesBefore,
  };
}

function textOf(value: unknown): RequestText {
  const text = canonicalJson(value as Json);
  return { text, hash: hash('sha256', text, 'hex') };
}
