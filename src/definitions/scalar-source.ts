import type { Scalar } from 'yaml';
import type { SourceLocation } from '../domain/source-location.ts';
import type { TemplateSource } from '../domain/template.ts';

interface Surroundings {
  /** The whole file. */
  readonly text: string;
  readonly place: (offset: number) => SourceLocation;
}

/**
 * A YAML string as a template that knows where its first character stands.
 *
 * Exact for plain and quoted strings on one line and for `|` blocks. In `>` blocks and in strings that go over
 * several lines YAML joins lines, and in "…" an escape is longer than what it stands for: there the place that an
 * error names is the right line or a few characters off.
 */
export function scalarSource(node: Scalar, { text, place }: Surroundings): TemplateSource {
  const value = typeof node.value === 'string' ? node.value : String(node.source ?? node.value);
  const start = node.range?.[0] ?? 0;
  if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')
    return blockSource({ value, start }, { text, place });
  const quote = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
  return { text: value, origin: place(start + quote) };
}

function blockSource(
  { value, start }: { readonly value: string; readonly start: number },
  { text, place }: Surroundings,
): TemplateSource {
  const header = text.indexOf('\n', start);
  const begin = header < 0 ? start : header + 1;
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
