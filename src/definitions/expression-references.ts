import { isJsonObject, type Json } from '../domain/json.ts';
import { type TemplateReference, type TemplateSource, withBraces } from '../domain/template.ts';
import type { TemplateEngine } from '../ports/template-engine.ts';
import type { YamlFile, YamlPath } from './yaml-file.ts';

/** What an expression refers to; its braces may be left out (`when: gt load.response.rejected 0`). */
export function expressionReferences(
  templates: TemplateEngine,
  expression: TemplateSource,
): TemplateReference[] {
  return templates.references(withBraces(expression));
}

/** The templates among the strings of a value (a tool's arguments), each with its own place. */
export function templatesIn(yaml: YamlFile, path: YamlPath, value: Json | undefined): TemplateSource[] {
  if (typeof value === 'string') return value.includes('{{') ? [yaml.template(path)] : [];
  if (Array.isArray(value))
    return value.flatMap((item: Json, index) => templatesIn(yaml, [...path, index], item));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => templatesIn(yaml, [...path, key], member));
}
