import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { SourceLocation } from '../domain/source-location.ts';
import type { TemplateSource } from '../domain/template.ts';
import { DefinitionError, messageOf } from '../errors/index.ts';
import { ProblemCollector } from './problems.ts';
import { scalarSource } from './scalar-source.ts';

export type YamlPath = readonly (string | number)[];

/** A parsed YAML file whose values know where they stand. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** Where the value begins; when there is no such value, where the nearest thing around it begins. */
  at(path: YamlPath): SourceLocation;
  /** Where the key itself stands. */
  keyAt(path: YamlPath): SourceLocation;
  /** The string at this path as a template. */
  template(path: YamlPath): TemplateSource;
}

// Each use of an alias is a copy: a few lines of nested aliases can become gigabytes.
const maxAliasCount = 100;

/** Throws DefinitionError YAML_INVALID with all syntax errors. Only JSON's kinds of values pass. */
export function parseYaml({ path: file, text }: { readonly path: string; readonly text: string }): YamlFile {
  const lines = new LineCounter();
  const place = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parse(text, lines, place);
  const value = toJson(document, place(0));
  return {
    file,
    value,
    at: (path) => place(offsetOf(findDeepest(document, path))),
    keyAt: (path) => place(keyOffset(document, path)),
    template: (path) => {
      const node = findDeepest(document, path);
      if (isScalar(node)) return scalarSource(node, { text, place });
      throw new Error(`no scalar at ${path.join('.')} of ${file}`);
    },
  };
}

type Place = (offset: number) => SourceLocation;

function parse(text: string, lines: LineCounter, place: Place): Document.Parsed {
  const problems = new ProblemCollector();
  const document = guard(
    () => parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2', strict: true }),
    place(0),
  );
  for (const error of [...document.errors, ...document.warnings]) {
    problems.add({
      code: 'YAML_INVALID',
      ...wordsFor(error),
      location: place(error.pos[0]),
      cause: error,
    });
  }
  checkKeys(document, place, problems);
  problems.throwIfAny();
  return document;
}

// The parser is recursive: a file of a hundred thousand brackets must end in a message, not in a stack overflow.
function guard<Result>(action: () => Result, location: SourceLocation): Result {
  try {
    return action();
  } catch (cause) {
    throw new DefinitionError({
      code: 'YAML_INVALID',
      ...wordsForFailure(cause),
      location,
      cause,
    });
  }
}

function wordsForFailure(cause: unknown): { message: string; hint: string } {
  const text = messageOf(cause);
  const hint = 'Check anchors (&name) and their uses (*name).';
  if (cause instanceof RangeError)
    return { message: 'The file is nested too deeply.', hint: 'Write it flatter.' };
  if (text.includes('circular')) return { message: 'The file refers to itself through an anchor.', hint };
  if (text.includes('alias count')) {
    return {
      message: `The file uses its anchors more than ${maxAliasCount} times.`,
      hint: 'Write the values out.',
    };
  }
  return { message: `The file cannot be read as YAML: ${text}`, hint };
}

function wordsFor(error: YAMLError): { message: string; hint?: string } {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return { message: 'This key stands here for the second time.', hint: 'Remove one of them.' };
    case 'TAB_AS_INDENT':
      return { message: 'A tab cannot indent YAML.', hint: 'Indent with spaces.' };
    case 'MULTIPLE_DOCS':
      return { message: 'A second YAML document begins here.', hint: 'Remove the --- line.' };
    case 'TAG_RESOLVE_FAILED':
      return { message: `${error.message}.`, hint: 'Only plain values are allowed; remove the tag.' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return { message: `${error.message}.`, hint: 'Put a value that holds ": " into quotes.' };
    case 'BAD_SCALAR_START':
      return { message: `${error.message}.`, hint: 'Put the value into quotes.' };
    default:
      return { message: `${error.message}.` };
  }
}

// `prompt: {{ x }}` without quotes is a YAML map whose key is a map. Nothing good can come of such keys.
function checkKeys(document: Document.Parsed, place: Place, problems: ProblemCollector): void {
  if (document.errors.length > 0) return;
  visit(document, {
    Pair(_, pair) {
      const key = pair.key;
      if (isScalar(key) && typeof key.value !== 'object') return undefined;
      if (isScalar(key) && key.value === null && key.source !== '') return undefined;
      problems.add({
        code: 'YAML_INVALID',
        message: 'This key is no plain name.',
        hint: 'Put a value that begins with {{ into quotes: "{{ … }}".',
        location: place(offsetOf(key as Node)),
      });
      return visit.SKIP;
    },
  });
}

function toJson(document: Document.Parsed, start: SourceLocation): unknown {
  const value: unknown = guard(() => document.toJS({ maxAliasCount }), start);
  guard(() => JSON.stringify(value, refuseNonJson), start);
  return value;
}

function refuseNonJson(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} is no JSON number`);
  return value;
}

interface Found {
  readonly key?: Node;
  readonly value?: Node;
}

function step(document: Document.Parsed, holder: Node | undefined, name: string | number): Found {
  const resolved = isAlias(holder) ? holder.resolve(document) : holder;
  if (isMap(resolved)) {
    const pair = resolved.items.find((item) => isScalar(item.key) && String(item.key.value) === String(name));
    return pair ? partsOf(pair) : {};
  }
  if (isSeq(resolved)) {
    const value = resolved.items[Number(name)];
    return value && !isPair(value) ? { value: value as Node } : {};
  }
  return {};
}

function partsOf(pair: Pair): Found {
  return { key: pair.key as Node, ...(pair.value ? { value: pair.value as Node } : {}) };
}

function findDeepest(document: Document.Parsed, path: YamlPath): Node | undefined {
  let node: Node | undefined = document.contents ?? undefined;
  for (const name of path) {
    const { key, value } = step(document, node, name);
    if (!value) return key ?? node;
    node = value;
  }
  return node;
}

function keyOffset(document: Document.Parsed, path: YamlPath): number {
  const holder = findDeepest(document, path.slice(0, -1));
  const { key, value } = step(document, holder, path.at(-1) ?? '');
  return offsetOf(key ?? value ?? holder);
}

function offsetOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}
