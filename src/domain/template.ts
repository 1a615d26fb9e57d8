import type { SourceLocation } from './source-location.ts';

/** A template and where its first character stands, so that an error inside it can name its place. */
export interface TemplateSource {
  readonly text: string;
  readonly origin: SourceLocation;
  /** How far the text is indented in its file (a YAML block scalar loses that indent): added to columns. */
  readonly indent?: number;
  /**
   * Where YAML has joined lines or taken away escapes: `[offset in text, line, column]`, ascending. From one to the
   * next, text and file run alike.
   */
  readonly anchors?: readonly TemplateAnchor[];
}

export type TemplateAnchor = readonly [offset: number, line: number, column: number];

/** The place in the file of a character of the template. */
export function placeInTemplate(source: TemplateSource, offset: number): SourceLocation {
  const { file, line, column } = source.origin;
  const anchor = source.anchors?.findLast(([start]) => start <= offset);
  if (anchor) return { file, line: anchor[1], column: anchor[2] + offset - anchor[0] };
  const before = source.text.slice(0, offset).split('\n');
  const last = before.at(-1)?.length ?? 0;
  if (before.length === 1) return { file, line, column: column + last };
  return { file, line: line + before.length - 1, column: 1 + (source.indent ?? 0) + last };
}

/** A part of the template that still knows its places. */
export function sliceTemplate(source: TemplateSource, begin: number, end: number): TemplateSource {
  const anchors = source.anchors?.map(
    ([offset, line, column]): TemplateAnchor => [offset - begin, line, column],
  );
  return {
    text: source.text.slice(begin, end),
    origin: placeInTemplate(source, begin),
    ...(source.indent !== undefined && { indent: source.indent }),
    ...(anchors && { anchors }),
  };
}

/** An expression as a template: in its braces, which are not in the file. */
export function withBraces(expression: TemplateSource): TemplateSource {
  if (expression.text.includes('{{')) return expression;
  const { origin } = expression;
  const anchors = expression.anchors?.map(
    ([offset, line, column]): TemplateAnchor => [offset + 2, line, column],
  );
  return {
    ...expression,
    text: `{{${expression.text}}}`,
    origin: { ...origin, column: origin.column - 2 },
    ...(anchors && { anchors }),
  };
}

/** A value that a template refers to: `{{ scan.response.files }}` is `['scan', 'response', 'files']`. */
export interface TemplateReference {
  readonly path: readonly string[];
  readonly location: SourceLocation;
}
