import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { SourceLocation } from '../domain/source-location.ts';
import { DefinitionError, messageOf } from '../errors/index.ts';

export interface YamlText {
  /** As errors call it. */
  readonly file: string;
  readonly text: string;
}

export type DocumentPath = readonly (string | number)[];

/** A YAML document whose values know where they stand. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** Where the value begins; when there is none, the nearest thing around it. */
  at(path: DocumentPath): SourceLocation;
  /** Where the key stands that the path ends with. */
  keyAt(path: DocumentPath): SourceLocation;
}

type Parsed = ReturnType<typeof parseDocument>;

// Each use of an alias is a copy: a few lines of nested aliases can become gigabytes.
const maxAliasCount = 100;

/** Throws DefinitionError YAML_INVALID at file:line:column. */
export function parseYamlDocument({ file, text }: YamlText): YamlDocument {
  const lines = new LineCounter();
  const place = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const source = text.replace(/^\uFEFF/, '');
  const parsed = guarded(place(0), () => parseDocument(source, { lineCounter: lines, prettyErrors: false }));
  const broken = parsed.errors[0] ?? parsed.warnings[0];
  if (broken) throw notYaml(place(broken.pos[0]), broken);
  const value: unknown = guarded(place(0), () => parsed.toJS({ maxAliasCount }));
  return {
    file,
    value,
    at: (path) => place(offsetOf(deepest(parsed, path).value)),
    keyAt: (path) => {
      const { key, value } = deepest(parsed, path);
      return place(offsetOf(key ?? value));
    },
  };
}

/** The parser is recursive: a file of a hundred thousand brackets must end in a message, not in a stack overflow. */
function guarded<Result>(location: SourceLocation, action: () => Result): Result {
  try {
    return action();
  } catch (cause) {
    throw notYaml(location, cause);
  }
}

function notYaml(location: SourceLocation, cause: unknown): DefinitionError {
  const isDeep = cause instanceof RangeError;
  return new DefinitionError({
    code: 'YAML_INVALID',
    message: isDeep ? 'The file is nested too deeply.' : `${messageOf(cause)}.`,
    hint: isDeep ? 'Write it flatter.' : `Mend the YAML of ${location.file}.`,
    location,
    cause,
  });
}

interface Found {
  readonly key?: Node | undefined;
  readonly value?: Node | undefined;
}

/** The value at the path, or what is nearest around it; `key` only when the path was followed to its end. */
function deepest(parsed: Parsed, path: DocumentPath): Found {
  let around: Node | undefined = parsed.contents ?? undefined;
  for (const [index, name] of path.entries()) {
    const { key, value } = member(isAlias(around) ? around.resolve(parsed) : around, name);
    const isEnd = index === path.length - 1;
    if (isEnd && key) return { key, value: value ?? key };
    if (!value) return { value: key ?? around };
    around = value;
  }
  return { value: around };
}

function member(holder: unknown, name: string | number): Found {
  if (isMap(holder)) {
    const pair = holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));
    return { key: nodeOf(pair?.key), value: nodeOf(pair?.value) };
  }
  return isSeq(holder) ? { value: nodeOf(holder.items[Number(name)]) } : {};
}

const nodeOf = (value: unknown): Node | undefined =>
  typeof value === 'object' && value !== null && 'range' in value ? (value as Node) : undefined;

const offsetOf = (node: Node | undefined): number => node?.range?.[0] ?? 0;
