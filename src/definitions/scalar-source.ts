import type { Scalar } from 'yaml';
import type { SourceLocation } from '../domain/source-location.ts';
import type { TemplateAnchor, TemplateSource } from '../domain/template.ts';

interface Surroundings {
  /** The whole file. */
  readonly text: string;
  readonly place: (offset: number) => SourceLocation;
}

/**
 * A YAML string as a template that knows where its characters stand: exactly for every kind of string, but for what
 * follows an escape (`\\"`) within the same word of a "…" string.
 */
export function scalarSource(node: Scalar, { text, place }: Surroundings): TemplateSource {
  const value = typeof node.value === 'string' ? node.value : String(node.source ?? node.value);
  const [start, end] = node.range ?? [0, 0];
  const source = text.slice(start, end);
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  const quote = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
  const header = isBlock ? source.indexOf('\n') + 1 : 0;
  const isAlike = node.type === 'BLOCK_LITERAL' || source.startsWith(value, quote);
  const anchors = isAlike
    ? undefined
    : align(value, { source, from: header, place: (at) => place(start + at) });
  if (isBlock)
    return { ...blockSource({ value, begin: start + header }, { text, place }), ...(anchors && { anchors }) };
  return { text: value, origin: place(start + quote), ...(anchors && { anchors }) };
}

interface Written {
  /** The string as it stands in the file. */
  readonly source: string;
  readonly from: number;
  readonly place: (at: number) => SourceLocation;
}

// YAML joins lines and takes escapes away, but the words stay, and stay in order: each leads back to the file.
function align(value: string, { source, from, place }: Written): TemplateAnchor[] {
  const anchors: TemplateAnchor[] = [];
  let next = from;
  for (const { 0: word, index } of value.matchAll(/\S+/g)) {
    const at = source.indexOf(word, next);
    if (at < 0) continue;
    next = at + word.length;
    const { line, column } = place(at);
    const last = anchors.at(-1);
    const follows = last !== undefined && last[1] === line && column - last[2] === index - last[0];
    if (!follows) anchors.push([index, line, column]);
  }
  return anchors;
}

function blockSource(
  { value, begin }: { readonly value: string; readonly begin: number },
  { text, place }: Surroundings,
): TemplateSource {
  const indent = indentOf(value, text.slice(begin));
  const { file, line } = place(begin);
  return { text: value, origin: { file, line, column: indent + 1 }, indent };
}

// The first line that is not blank stands in the file as it stands in the value, but for the indent. This holds with
// indentation indicators (|2) too, where the value's own first spaces must not be counted.
function indentOf(value: string, source: string): number {
  const first = value.split('\n').find((line) => line.trim() !== '') ?? '';
  const line = source.split('\n').find((candidate) => candidate.trim() !== '') ?? '';
  for (let indent = 0; indent <= line.length; indent++) {
    const rest = line.slice(indent);
    if (first === rest || first.startsWith(`${rest} `)) return indent;
  }
  return line.length - line.trimStart().length;
}
