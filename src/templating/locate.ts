import type { SourceLocation } from '../domain/source-location.ts';
import type { TemplateSource } from '../domain/template.ts';
import type { Position } from './syntax-tree.ts';

/** A position in the template's text as a place in the file that the text was taken from. */
export function locate(template: TemplateSource, position: Position): SourceLocation {
  const { file, line, column } = template.origin;
  if (position.line === 1) return { file, line, column: column + position.column };
  return { file, line: line + position.line - 1, column: 1 + (template.indent ?? 0) + position.column };
}
