import { isMap, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../domain/json.ts';
import { nameOf } from '../documents/element-name.ts';
import { yamlText } from '../documents/yaml-text.ts';
import { mergeLines } from './merge-lines.ts';

/**
 * The text with the value `now` in it: only what differs is written anew, so that people's comments and their way of
 * writing stay. A text that cannot be edited so (anchors that are used elsewhere) is written anew as a whole.
 */
export function editYaml(text: string, now: JsonObject): string {
  const document = parseDocument(text);
  if (!isMap(document.contents)) return yamlText(now);
  const base = document.toString(writing);
  editMap(document.contents, now, document);
  const theirs = document.toString(writing);
  // The library writes a text anew by its own habits: what it would do to the text as it was is no part of the change.
  const merged = mergeLines({ base: base.split('\n'), ours: text.split('\n'), theirs: theirs.split('\n') });
  return [merged.join('\n'), theirs].find((candidate) => says(candidate, now)) ?? yamlText(now);
}

const writing = { lineWidth: 0 };

function says(text: string, value: JsonObject): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && canonicalJson(document.toJS() as Json) === canonicalJson(value);
}

type Maker = ReturnType<typeof parseDocument>;

function editMap(map: YAMLMap, now: JsonObject, maker: Maker): void {
  for (const key of map.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : '')))
    if (!Object.hasOwn(now, key)) map.delete(key);
  for (const [key, value] of Object.entries(now)) {
    if (value === undefined) continue;
    const node = map.get(key, true);
    if (!edited(node, value, maker)) map.set(key, maker.createNode(value));
  }
}

/** Elements are those of the same place; of named things (columns, rules) those of the same name, wherever they stand. */
function editSeq(seq: YAMLSeq, now: readonly Json[], maker: Maker): void {
  const before = [...seq.items];
  const byName = new Map(before.map((node) => [nameOf(jsonOf(node)), node]));
  seq.items = now.map((value, index) => {
    const name = nameOf(value);
    const node = name === undefined ? before[index] : byName.get(name);
    return edited(node, value, maker) ? node : maker.createNode(value);
  });
}

/** False when the node cannot become the value and has to be replaced. */
function edited(node: unknown, value: Json, maker: Maker): boolean {
  if (isMap(node) && isJsonObject(value)) editMap(node, value, maker);
  else if (isSeq(node) && Array.isArray(value)) editSeq(node, value, maker);
  else return node !== undefined && canonicalJson(jsonOf(node)) === canonicalJson(value);
  return true;
}

function jsonOf(node: unknown): Json {
  if (isScalar(node)) return node.value as Json;
  return isMap(node) || isSeq(node) ? (node.toJSON() as Json) : null;
}
