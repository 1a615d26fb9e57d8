import type { SourceLocation } from '../domain/source-location.ts';
import { placeInTemplate, type TemplateSource } from '../domain/template.ts';
import type { Position } from './syntax-tree.ts';

/** A position in the template's text as a place in the file that the text was taken from. */
export function locate(template: TemplateSource, position: Position): SourceLocation {
  let offset = 0;
  for (let line = 1; line < position.line; line++) {
    const end = template.text.indexOf('\n', offset);
    if (end < 0) break;
    offset = end + 1;
  }
  return placeInTemplate(template, offset + position.column);
}
