import { canonicalJson } from './canonical-json.ts';
import type { Json, JsonObject } from './json.ts';
import { messageWords } from './message-words.ts';
import {
  type FrameParts,
  type ModelRequestParts,
  messageIn,
  type RequestParts,
  type RequestText,
  type ToolRequestParts,
} from './request-parts.ts';

/** One thing in which a request is not as the recorded one was. */
export interface RequestDifference {
  readonly part: 'model' | 'settings' | 'tool' | 'contract' | 'message' | 'arguments';
  /** `unreadable`: the two are not the same, and the log does not hold both texts any more. */
  readonly how: 'changed' | 'added' | 'removed' | 'unreadable';
  /** One line for a person: `message 2 (user)`, `tool lake.ingest is described otherwise`, `settings.temperature`. */
  readonly what: string;
  /** The whole text then and now: a value's JSON, or the words of a message. */
  readonly was?: string;
  readonly now?: string;
  /** Messages that say the same: only ids, or items that a provider alone understands, are others. */
  readonly sameWords?: true;
}

/**
 * How two requests differ, part by part; what decides most comes first. Empty when nothing can be told apart: what
 * differs is not in these calls, but in what an earlier call of the step has sent.
 */
export function requestDifferences(recorded: RequestParts, asked: RequestParts): RequestDifference[] {
  if (recorded.call === 'model' && asked.call === 'model') return modelDifferences({ recorded, asked });
  if (recorded.call === 'tool' && asked.call === 'tool') return toolDifferences({ recorded, asked });
  return changed(asked.call, 'another kind of call', { was: recorded.name, now: asked.name });
}

interface Pair<Value> {
  readonly recorded: Value;
  readonly asked: Value;
}

/** Two texts of which at least one is there; a missing one says that there is no such thing. */
interface Texts<Text> {
  readonly was: Text | undefined;
  readonly now: Text | undefined;
}

type Part = RequestDifference['part'];

function modelDifferences(pair: Pair<ModelRequestParts>): RequestDifference[] {
  return [...frameDifferences(pair), ...messageDifferences(pair)];
}

function frameDifferences(pair: Pair<ModelRequestParts>): RequestDifference[] {
  const [recorded, asked] = [pair.recorded.frame, pair.asked.frame];
  if (!recorded || !asked) return unreadable('settings', 'model, settings, contract or tools', pair);
  return [
    ...changed('model', 'the model', { was: pair.recorded.name, now: pair.asked.name }),
    ...memberDifferences('settings', { was: recorded.settings, now: asked.settings }),
    ...textDifference('contract', 'the contract', { was: recorded.contract, now: asked.contract }),
    ...contractNames({ recorded, asked }),
    ...offeredTools({ recorded, asked }),
  ];
}

function contractNames({ recorded, asked }: Pair<FrameParts>): RequestDifference[] {
  const both = recorded.contract !== undefined && asked.contract !== undefined;
  if (!both) return [];
  return changed('contract', "the contract's name", { was: recorded.contractName, now: asked.contractName });
}

function offeredTools({ recorded, asked }: Pair<FrameParts>): RequestDifference[] {
  const gone = [...recorded.tools].flatMap(([name, was]) =>
    asked.tools.has(name)
      ? []
      : textDifference('tool', `tool ${name} is not offered`, { was, now: undefined }),
  );
  const others = [...asked.tools].flatMap(([name, now]) => {
    const was = recorded.tools.get(name);
    return textDifference('tool', `tool ${name} is ${was ? 'described otherwise' : 'new'}`, { was, now });
  });
  const order = ({ tools }: FrameParts) => [...tools.keys()].join('\n');
  const found = [...gone, ...others];
  if (found.length > 0) return found;
  return changed('tool', 'the order of the tools', { was: order(recorded), now: order(asked) });
}

/** The two conversations are laid side by side from their first message on, wherever each call's part of them begins. */
function messageDifferences({ recorded, asked }: Pair<ModelRequestParts>): RequestDifference[] {
  const begin = Math.max(recorded.messagesBefore, asked.messagesBefore);
  const end = Math.max(endOf(recorded), endOf(asked));
  const found: RequestDifference[] = [];
  for (let index = begin; index < end; index++) {
    const was = recorded.added[index - recorded.messagesBefore];
    const now = asked.added[index - asked.messagesBefore];
    found.push(...messageDifference(index + 1, { was, now }));
  }
  return found;
}

const endOf = ({ messagesBefore, added }: ModelRequestParts): number => messagesBefore + added.length;

function messageDifference(number: number, { was, now }: Texts<RequestText>): RequestDifference[] {
  const [before, after] = [was && messageIn(was), now && messageIn(now)];
  const role = (after ?? before)?.role;
  const presence = was === undefined ? ' is new' : now === undefined ? ' is gone' : '';
  const what = `message ${number}${role === undefined ? '' : ` (${role})`}${presence}`;
  const [said, says] = [before && messageWords(before), after && messageWords(after)];
  return textDifference('message', what, { was, now }).map((difference) => {
    if (difference.how === 'unreadable') return difference;
    // Their whole JSON shows where two that say the same differ.
    return said === says ? { ...difference, sameWords: true } : { ...difference, ...present(said, says) };
  });
}

function toolDifferences(pair: Pair<ToolRequestParts>): RequestDifference[] {
  const { recorded, asked } = pair;
  if (recorded.name !== asked.name)
    return changed('tool', 'another tool', { was: recorded.name, now: asked.name });
  if (!recorded.arguments || !asked.arguments) return unreadable('arguments', 'the arguments', pair);
  return [
    ...memberDifferences('arguments', { was: recorded.arguments, now: asked.arguments }),
    ...textDifference('tool', `tool ${asked.name} is described otherwise`, {
      was: recorded.definition,
      now: asked.definition,
    }),
  ];
}

/** One difference for each key: a long SQL text is compared as text, and not as one line of JSON. */
function memberDifferences(
  part: 'settings' | 'arguments',
  { was, now }: { readonly was: JsonObject; readonly now: JsonObject },
): RequestDifference[] {
  const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])].sort();
  return keys.flatMap((key) =>
    // Compared as JSON: the text "1" is not the number 1, although both are shown alike.
    json(own(was, key)) === json(own(now, key))
      ? []
      : differs(part, `${part}.${key}`, { was: plain(own(was, key)), now: plain(own(now, key)) }),
  );
}

const own = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

const json = (value: Json | undefined) => (value === undefined ? undefined : canonicalJson(value));

const plain = (value: Json | undefined) => (typeof value === 'string' ? value : json(value));

function textDifference(part: Part, what: string, { was, now }: Texts<RequestText>): RequestDifference[] {
  if (was === undefined && now === undefined) return [];
  if (was && now && isSame(was, now)) return [];
  const lost = [was, now].some((one) => one !== undefined && one.text === undefined);
  if (lost) return [{ part, how: 'unreadable', what: what + lostText, ...present(was?.text, now?.text) }];
  return differs(part, what, { was: was?.text, now: now?.text });
}

/** Without these words a text that somebody has taken out of the log would look like one that never was. */
const lostText = ': a text of it is not in the log any more';

function unreadable(part: Part, what: string, { recorded, asked }: Pair<RequestParts>): RequestDifference[] {
  const known = recorded.hash !== undefined && asked.hash !== undefined;
  return known && recorded.hash !== asked.hash ? [{ part, how: 'unreadable', what: what + lostText }] : [];
}

function isSame(was: RequestText, now: RequestText): boolean {
  if (was.hash !== undefined && now.hash !== undefined) return was.hash === now.hash;
  return was.text !== undefined && was.text === now.text;
}

function changed(part: Part, what: string, texts: Texts<string>): RequestDifference[] {
  return texts.was === texts.now ? [] : differs(part, what, texts);
}

function differs(part: Part, what: string, { was, now }: Texts<string>): RequestDifference[] {
  const how = was === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
  return [{ part, how, what, ...present(was, now) }];
}

function present(was: string | undefined, now: string | undefined): Pick<RequestDifference, 'was' | 'now'> {
  return { ...(was !== undefined && { was }), ...(now !== undefined && { now }) };
}
