import { hash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { CallBegun } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import type { ModelRequest } from '../../domain/model.ts';
import type { RunExport } from '../../domain/run-export.ts';
import type { ToolDefinition } from '../../domain/tool.ts';

/** What a recorded request kept of its frame. */
interface RecordedFrame {
  readonly settings?: Json;
  readonly tools?: readonly Hash[];
  readonly output?: Hash;
}

/** In words, which parts of a request are not as the recorded one had them; empty when that cannot be told. */
export function explainDivergence(
  { blobs }: RunExport,
  begun: CallBegun,
  request: ModelRequest,
): readonly string[] {
  const text = blobs.get(begun.request);
  const frame = text === undefined ? undefined : (JSON.parse(text) as RecordedFrame);
  return [
    ...(frame ? differencesOfFrame(frame, blobs, request) : []),
    ...differencesOfMessages(begun.added ?? [], blobs, request),
  ];
}

type Texts = RunExport['blobs'];

function differencesOfFrame(frame: RecordedFrame, blobs: Texts, request: ModelRequest): string[] {
  const found: string[] = [];
  const recorded = canonicalJson(frame.settings ?? {});
  const asked = canonical(request.settings);
  if (recorded !== asked) found.push(`the settings of the model: ${contrast(recorded, asked)}`);
  const tools = changedTools(frame.tools ?? [], blobs, request.tools);
  if (tools.length > 0) found.push(`the tools: ${tools.join(', ')}`);
  const contract = request.output && sha256(canonical(request.output.schema));
  if (frame.output !== contract) {
    const [before, now] = [frame.output === undefined ? undefined : blobs.get(frame.output), request.output];
    found.push(`the contract: ${contrast(before ?? 'none', now ? canonical(now.schema) : 'none')}`);
  }
  return found;
}

function changedTools(hashes: readonly Hash[], blobs: Texts, asked: readonly ToolDefinition[]): string[] {
  const recorded = new Map(hashes.map((each) => [nameOf(blobs.get(each)), each]));
  const offered = new Map(asked.map((tool) => [tool.name, sha256(canonical(tool))]));
  const gone = [...recorded.keys()]
    .filter((name) => !offered.has(name))
    .map((name) => `${name} is not offered`);
  const changed = [...offered].flatMap(([name, each]) => {
    if (!recorded.has(name)) return [`${name} is new`];
    return recorded.get(name) === each ? [] : [`${name} is described otherwise`];
  });
  return [...gone, ...changed];
}

function nameOf(definition: string | undefined): string {
  return definition === undefined ? '(lost)' : (JSON.parse(definition) as ToolDefinition).name;
}

function differencesOfMessages(added: readonly Hash[], blobs: Texts, { messages }: ModelRequest): string[] {
  const before = messages.length - added.length;
  return added.flatMap((recorded, index) => {
    const message = messages[before + index];
    const asked = message && canonical(message);
    if (!message || asked === undefined || sha256(asked) === recorded) return [];
    const was = blobs.get(recorded) ?? '';
    return [`message ${before + index + 1} (${message.role}): ${contrast(was, asked)}`];
  });
}

const leadCharacters = 30;
const shownCharacters = 90;

/** The two from a little before the first character in which they differ. */
function contrast(recorded: string, asked: string): string {
  let first = 0;
  while (first < recorded.length && recorded[first] === asked[first]) first++;
  const begin = Math.max(0, first - leadCharacters);
  const cut = (text: string) => {
    const rest = text.slice(begin, begin + shownCharacters);
    return `${begin > 0 ? '…' : ''}${rest}${begin + shownCharacters < text.length ? '…' : ''}`;
  };
  return `recorded ${cut(recorded)} asked ${cut(asked)}`;
}

const canonical = (value: unknown) => canonicalJson(value as Json);
const sha256 = (text: string) => hash('sha256', text, 'hex');
