import { isCollection, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { SourceLocation } from '../domain/source-location.ts';
import { DefinitionError } from '../errors/index.ts';

interface YamlText {
  readonly file: string;
  readonly text: string;
}
type Issue = z.core.$ZodIssue;
type YamlDocument = ReturnType<typeof parseDocument>;

/** YAML text as what `schema` describes. Throws DefinitionError YAML_INVALID or DEFINITION_INVALID at file:line:column. */
export function readYaml<Value>({ file, text }: YamlText, schema: z.ZodType<Value>): Value {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const broken = document.errors[0];
  if (broken) {
    throw new DefinitionError({
      code: 'YAML_INVALID',
      message: broken.message,
      hint: `Mend the YAML of ${file}.`,
      location: at(broken.pos[0]),
      cause: broken,
    });
  }
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  const { issues } = result.error;
  throw shapeError({ file, issues, location: at(offsetOfIssue(document, issues[0])) });
}

function shapeError({
  file,
  issues,
  location,
}: {
  readonly file: string;
  readonly issues: readonly Issue[];
  readonly location: SourceLocation;
}): DefinitionError {
  const [first, ...others] = issues;
  const more = others.length > 0 ? ` (${others.length} more after it)` : '';
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `${first?.path.join('.') || 'the file'}: ${first?.message ?? 'invalid'}${more}`,
    hint: `Change ${file}: docs/catalog.md says what a contract and a policy must hold.`,
    location,
    details: issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  });
}

/** An unknown key is pointed at itself; a missing value at the collection that should hold it. */
function offsetOfIssue(document: YamlDocument, issue: Issue | undefined): number {
  if (!issue) return 0;
  if (issue.code === 'unrecognized_keys') {
    const around = issue.path.length === 0 ? document.contents : document.getIn(issue.path, true);
    const keys = isMap(around) ? around.items.map(({ key }) => key) : [];
    const key = keys.find((node) => isScalar(node) && node.value === issue.keys[0]);
    if (isRanged(key)) return key.range[0];
  }
  return offsetOf(document, issue.path);
}

function offsetOf(document: YamlDocument, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isRanged(node) && (length === path.length || isCollection(node))) return node.range[0];
  }
  return 0;
}

function isRanged(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
