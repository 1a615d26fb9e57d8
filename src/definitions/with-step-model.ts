import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { DefinitionError } from '../errors/index.ts';

export interface ModelChange {
  /** The workflow file as it is, line ends and all. */
  readonly text: string;
  readonly file: string;
  readonly stepId: string;
  readonly model: string;
}

/**
 * The workflow file with another model for one step, and not one other character changed: an existing `model:` has its
 * value replaced where it stands, a step that inherited its model gets a line after its `id:`. What is written is read
 * again before it is believed. Throws DEFINITION_INVALID when the file is written in a way that would need a person.
 */
export function withStepModel(change: ModelChange): string {
  const { text, model } = change;
  const step = findStep(change);
  const present = pairOf(step, 'model');
  const edited = present ? replaceValue(text, present, model) : addKey(change, step);
  if (edited === undefined || !isOnlyChange(change, edited)) throw notByMachine(change);
  return edited;
}

function findStep(change: ModelChange): YAMLMap {
  const steps = parseDocument(change.text).get('steps');
  const found = isSeq(steps)
    ? steps.items.find((one) => isMap(one) && one.get('id') === change.stepId)
    : undefined;
  if (isMap(found)) return found;
  throw notByMachine(change);
}

const pairOf = (step: YAMLMap, key: string): Pair | undefined =>
  step.items.find((pair) => isScalar(pair.key) && pair.key.value === key);

function replaceValue(text: string, { value }: Pair, model: string): string | undefined {
  const range = isScalar(value) ? value.range : undefined;
  if (!isScalar(value) || !range) return undefined;
  const quote = value.type === 'QUOTE_DOUBLE' ? '"' : value.type === 'QUOTE_SINGLE' ? "'" : undefined;
  return text.slice(0, range[0]) + scalar(model, quote) + text.slice(range[1]);
}

function addKey({ text, model }: ModelChange, step: YAMLMap): string | undefined {
  const id = pairOf(step, 'id');
  if (!isScalar(id?.key) || !id.key.range || !isScalar(id.value) || !id.value.range) return undefined;
  const [, end] = id.value.range;
  if (step.flow) return `${text.slice(0, end)}, model: ${scalar(model)}${text.slice(end)}`;
  // A comment beside the id stays beside it.
  const lineEnd = text.indexOf('\n', end);
  const at = lineEnd < 0 ? text.length : text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;
  const feed = text.includes('\r\n') ? '\r\n' : '\n';
  const [keyStart] = id.key.range;
  const column = keyStart - (text.lastIndexOf('\n', keyStart - 1) + 1);
  return `${text.slice(0, at)}${feed}${' '.repeat(column)}model: ${scalar(model)}${text.slice(at)}`;
}

/** `provider:model` needs no quotes; a name with spaces or signs of YAML does. */
function scalar(model: string, quote?: '"' | "'"): string {
  if (quote === "'" && !model.includes("'")) return `'${model}'`;
  const isPlain = quote === undefined && /^[A-Za-z][\w./:@+-]*\w$/.test(model);
  return isPlain ? model : JSON.stringify(model);
}

/** The same values as before but for the one model: an anchor, an alias or a merge may have carried it elsewhere. */
function isOnlyChange({ text, stepId, model }: ModelChange, edited: string): boolean {
  const [before, after] = [parseDocument(text), parseDocument(edited)];
  if (after.errors.length > 0) return false;
  const wanted = before.toJS() as { steps: { id: string; model?: string }[] };
  const step = wanted.steps.find(({ id }) => id === stepId);
  if (!step) return false;
  step.model = model;
  return isDeepStrictEqual(after.toJS(), wanted);
}

function notByMachine({ file, stepId, model }: ModelChange): DefinitionError {
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `${file} is written in a way (aliases, anchors, merged keys) in which the model of step "${stepId}" cannot be set without changing something else.`,
    hint: `set it by hand: model: ${model}`,
  });
}
